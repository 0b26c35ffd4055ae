import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { within } from "#lambdas/deadline.ts";
import { GraphClient } from "#lambdas/graph/driver/graph-client.ts";
import { isConnected } from "#lambdas/graph/queries/traversals.ts";

/*
 * Evaluation timeouts and retries near the deadline of the caller, against a fake server that never responds. How a real graph
 * handles timeouts and cut connections is tested in test/contracts.
 */
let nowMs = 0;
vi.spyOn(performance, "now").mockImplementation(() => nowMs);
const sleptMs: number[] = [];
vi.mock("node:timers/promises", () => ({
  async setTimeout(ms: number) {
    sleptMs.push(ms);
    nowMs += ms;
  },
}));
vi.spyOn(Math, "random").mockReturnValue(0);

let server: WebSocketServer;
let client: GraphClient;
let results: Promise<unknown>[];
let requests: { readonly evaluationTimeoutMs: number; readonly socket: WebSocket }[];
beforeEach(async () => {
  requests = [];
  results = [];
  sleptMs.length = 0;
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) =>
    socket.on("message", (frame: Buffer) => {
      requests.push({ evaluationTimeoutMs: readEvaluationTimeout(frame), socket });
    }),
  );
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  client = new GraphClient({ url: `ws://127.0.0.1:${port}/gremlin`, signHandshake: async () => ({}) });
});
afterEach(async () => {
  server.close();
  for (const socket of server.clients) socket.terminate();
  await Promise.allSettled(results);
  await client.close();
});

/** GraphBinary writes a 32-bit integer as 0x01, then 0x00 for "not null", then the number. */
function readEvaluationTimeout(frame: Buffer): number {
  const name = "evaluationTimeout";
  const at = frame.indexOf(name) + name.length;
  expect([frame[at], frame[at + 1]]).toEqual([0x01, 0x00]);
  return frame.readInt32BE(at + 2);
}

const QUERY = isConnected("a=");
const KINDS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["read", () => client.read(QUERY)],
  ["write", () => client.write(QUERY)],
  ["stream", () => client.stream(QUERY).next()],
];
const firstRequest = () => vi.waitUntil(() => requests[0]);

test.each([
  ["read", 10_000],
  ["write", 5_000],
  ["stream", 10_000],
])(
  "a %s has its default evaluation timeout when the caller has enough time",
  async (kind, evaluationTimeoutMs) => {
    const submit = new Map(KINDS).get(kind) ?? expect.fail(kind);
    results = [within(30_000, submit)];
    expect((await firstRequest()).evaluationTimeoutMs).toBe(evaluationTimeoutMs);
  },
);

test.each(KINDS)(
  "the evaluation timeout of a %s ends a second before the deadline of the caller",
  async (_kind, submit) => {
    results = [within(3_000.5, submit)];
    expect((await firstRequest()).evaluationTimeoutMs).toBe(2_000);
  },
);

test.each(KINDS)("a %s throws without a request when at most a second is left", async (_kind, submit) => {
  await expect(within(1_000, submit)).rejects.toMatchObject({
    name: "GraphError",
    code: "GRAPH_TIMEOUT",
    message: "Expected time for a graph query, got none before the deadline of the caller.",
    isTransient: false,
  });
  expect(requests).toEqual([]);
});

test("a write with a cut connection is retried after its evaluation timeout, within the remaining time", async () => {
  const result = within(10_000.5, () => client.write(QUERY));
  (await firstRequest()).socket.terminate();
  const second = await vi.waitUntil(() => requests[1]);
  expect(sleptMs).toEqual([5_000, 0]);
  expect(requests.map(({ evaluationTimeoutMs }) => evaluationTimeoutMs)).toEqual([5_000, 4_000]);
  second.socket.terminate();
  await expect(result).rejects.toMatchObject({ name: "GraphError", isTransient: false });
  expect(sleptMs).toEqual([5_000, 0, 4_000, 0]);
  expect(requests).toHaveLength(2);
});
