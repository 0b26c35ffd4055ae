import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { within } from "#lambdas/deadline.ts";
import { GraphClient } from "#lambdas/graph/driver/graph-client.ts";
import { isConnected } from "#lambdas/graph/queries/traversals.ts";

/*
 * What is asked of a graph when the caller's time is short, of a server that takes requests and never answers them. What a
 * graph makes of an evaluation timeout, and of a connection that is cut, is for test/contracts to show.
 */
let nowMs = 0;
vi.spyOn(performance, "now").mockImplementation(() => nowMs);
const slept: number[] = [];
vi.mock("node:timers/promises", () => ({
  async setTimeout(ms: number) {
    slept.push(ms);
    nowMs += ms;
  },
}));
vi.spyOn(Math, "random").mockReturnValue(0);

let server: WebSocketServer;
let client: GraphClient;
let answers: Promise<unknown>[];
let asked: { readonly evaluationTimeoutMs: number; readonly socket: WebSocket }[];
beforeEach(async () => {
  asked = [];
  answers = [];
  slept.length = 0;
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) =>
    socket.on("message", (frame: Buffer) => {
      asked.push({ evaluationTimeoutMs: readEvaluationTimeout(frame), socket });
    }),
  );
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  client = new GraphClient({ url: `ws://127.0.0.1:${port}/gremlin`, signHandshake: async () => ({}) });
});
afterEach(async () => {
  server.close();
  for (const socket of server.clients) socket.terminate();
  await Promise.allSettled(answers);
  await client.close();
});

/** GraphBinary writes it as a whole number of 32 bits: 0x01, then 0x00 for "not null", then the number. */
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
const firstRequest = () => vi.waitUntil(() => asked[0]);

test.each([
  ["read", 10_000],
  ["write", 5_000],
  ["stream", 10_000],
])("a %s has its whole time where the caller has enough", async (kind, evaluationTimeoutMs) => {
  const ask = new Map(KINDS).get(kind) ?? expect.fail(kind);
  answers = [within(30_000, ask)];
  expect((await firstRequest()).evaluationTimeoutMs).toBe(evaluationTimeoutMs);
});

test.each(KINDS)("the graph gives up a %s a second before the caller's time is over", async (_kind, ask) => {
  answers = [within(3_000.5, ask)];
  expect((await firstRequest()).evaluationTimeoutMs).toBe(2_000);
});

test.each(KINDS)("a %s is not asked when the graph could not give up in time", async (_kind, ask) => {
  await expect(within(1_000, ask)).rejects.toMatchObject({
    name: "GraphError",
    code: "GRAPH_TIMEOUT",
    message: "Expected time for a graph query, got none before the deadline of the caller.",
    isTransient: false,
  });
  expect(asked).toEqual([]);
});

test("a write that was cut is asked again when the graph must have given up, and then in what time is left", async () => {
  const answer = within(10_000.5, () => client.write(QUERY));
  (await firstRequest()).socket.terminate();
  const second = await vi.waitUntil(() => asked[1]);
  expect(slept).toEqual([5_000, 0]);
  expect(asked.map(({ evaluationTimeoutMs }) => evaluationTimeoutMs)).toEqual([5_000, 4_000]);
  second.socket.terminate();
  await expect(answer).rejects.toMatchObject({ name: "GraphError", isTransient: false });
  expect(slept).toEqual([5_000, 0, 4_000, 0]);
  expect(asked).toHaveLength(2);
});
