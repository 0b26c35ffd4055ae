import { once } from "node:events";
import type { AddressInfo } from "node:net";
import gremlin from "gremlin";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { GraphConnection } from "#lambdas/graph/driver/graph-connection.ts";

/* The response timeout with fake timers and a fake server. Responses of a real server are tested in test/contracts. */
const LIMITS = { evaluationTimeoutMs: 1_000, graceMs: 500, batchSize: 1 };
const PARTIAL = 206;
const SUCCESS = 200;

let server: WebSocketServer;
let connection: GraphConnection;
/** Sends a response of the graph. */
let respond: (status: number, result: number) => void;
let received: Promise<unknown>;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[WebSocket]>;
  const { port } = server.address() as AddressInfo;
  connection = await GraphConnection.open(`ws://127.0.0.1:${port}/gremlin`, {}, 2_000);
  const [socket] = await accepted;
  received = once(socket, "message").then(([request]: Buffer[]) => {
    const requestId = requestIdOf(request ?? Buffer.alloc(0));
    respond = (status, result) => socket.send(response(requestId, status, result));
  });
});
afterEach(() => {
  connection.close();
  server.close();
  vi.useRealTimers();
});

const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());
const submit = () => connection.submit(g.V().count(), LIMITS);

test("the time of the reader between two batches does not count as waiting", async () => {
  const batches = submit();
  const first = batches.next();
  await received;
  respond(PARTIAL, 1);
  expect(await first).toEqual({ done: false, value: [1] });
  vi.advanceTimersByTime(60_000);
  const second = batches.next();
  respond(PARTIAL, 2);
  expect(await second).toEqual({ done: false, value: [2] });
  vi.advanceTimersByTime(60_000);
  respond(SUCCESS, 3);
  expect(await batches.next()).toEqual({ done: false, value: [3] });
  expect(await batches.next()).toEqual({ done: true, value: undefined });
});

test("submit throws GRAPH_TIMEOUT when the total waiting time exceeds the limit", async () => {
  const batches = submit();
  const first = batches.next();
  await received;
  vi.advanceTimersByTime(1_000);
  respond(PARTIAL, 1);
  await first;
  vi.advanceTimersByTime(60_000);
  let isSettled = false;
  const second = batches.next().finally(() => {
    isSettled = true;
  });
  vi.advanceTimersByTime(499);
  await new Promise(setImmediate);
  expect(isSettled).toBe(false);
  vi.advanceTimersByTime(1);
  await expect(second).rejects.toMatchObject({
    code: "GRAPH_TIMEOUT",
    message: "Expected a response within 1500 ms, got none.",
  });
});

/*
 * A part of GraphBinary 1.0: https://tinkerpop.apache.org/docs/3.7.5/dev/io/#graphbinary. The request id follows the MIME type and
 * the version.
 */
const requestIdOf = (request: Buffer): Buffer => {
  const from = 1 + (request[0] ?? 0) + 1;
  return request.subarray(from, from + 16);
};

/** A response with a list of one traverser of bulk 1 that holds an integer. */
function response(requestId: Buffer, status: number, result: number): Buffer {
  const nothing = [1];
  const emptyMap = int32(0);
  const integer = [0x01, 0, ...int32(result)];
  const traverser = [0x21, 0, ...int32(0), ...int32(1), ...integer];
  const list = [0x09, 0, ...int32(1), ...traverser];
  return Buffer.from([
    0x81,
    0,
    ...requestId,
    ...int32(status),
    ...nothing,
    ...emptyMap,
    ...emptyMap,
    ...list,
  ]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
