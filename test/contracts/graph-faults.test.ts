import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type GremlinServer, startGremlinServer } from "#emulator/neptune/gremlin-server.ts";
import { GraphClient } from "#lambdas/graph/driver/graph-client.ts";
import { GremlinSubscriptions } from "#lambdas/graph/gremlin-subscriptions.ts";
import { publish } from "#lambdas/publish/publish.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { seedWatchers } from "#support/seed.ts";
import { startTcpProxy, type TcpProxy } from "#support/tcp-proxy.ts";

/*
 * Network faults, injected by a TCP proxy in front of a real Gremlin Server. Does not prove how the client sees a failover of
 * Neptune.
 */
let directory: string;
let server: GremlinServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-faults-"));
  server = await startGremlinServer({ directory });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const AT = new Date("2026-11-21T01:02:03.456Z");
const ticker = (name: string) => parseTicker(name) as Ticker;
const price = (name: string, priceCents: number) => [{ ticker: ticker(name), priceCents }];

let proxy: TcpProxy;
let client: GraphClient;
let subscriptions: GremlinSubscriptions;
let signatures: number;
beforeEach(async () => {
  proxy = await startTcpProxy(server);
  signatures = 0;
  client = new GraphClient({
    url: `ws://127.0.0.1:${proxy.port}/gremlin`,
    async signHandshake() {
      signatures += 1;
      return {};
    },
    evaluationTimeoutMs: { read: 1_000, write: 1_000 },
  });
  subscriptions = new GremlinSubscriptions(client);
  return async () => {
    await client.close();
    await proxy[Symbol.asyncDispose]();
  };
});

test("five queries share one connection and one signature", async () => {
  for (let n = 0; n < 5; n++) await subscriptions.recordPrices(price("ONE", n), AT);
  expect([proxy.opened, signatures]).toEqual([1, 1]);
});

test("the first query after a cut opens another connection with a new signature", async () => {
  await subscriptions.isConnected("a=");
  proxy.cut();
  expect(await subscriptions.isConnected("a=")).toBe(false);
  expect([proxy.opened, signatures]).toEqual([2, 2]);
});

test("a query is retried during a short outage until it succeeds", async () => {
  proxy.cut({ refuse: true });
  const result = subscriptions.isConnected("a=");
  await expect.poll(() => signatures).toBeGreaterThan(3);
  proxy.heal();
  expect(await result).toBe(false);
});

test("a query throws GRAPH_UNREACHABLE when the connection is refused", async () => {
  await proxy[Symbol.asyncDispose]();
  await expect(subscriptions.isConnected("a=")).rejects.toMatchObject({
    name: "GraphError",
    code: "GRAPH_UNREACHABLE",
  });
  proxy = await startTcpProxy(server);
});

test("a stream that is cut restarts and yields all watchers", async () => {
  await using direct = openGraph(server);
  await seedWatchers(direct.client, ticker("STREAM"), 3_000);
  await subscriptions.isConnected("a=");
  // After the first of three frames, before the last.
  proxy.fate = { cutAfterBytes: 60_000 };
  const seen: string[] = [];
  for await (const batch of subscriptions.watchersOf([ticker("STREAM")])) {
    seen.push(...batch.map(({ connectionId }) => connectionId));
  }
  expect(new Set(seen).size).toBe(3_000);
  expect(seen.length).toBeGreaterThan(3_000);
  expect(proxy.opened).toBe(2);
});

test("a write whose response is lost is retried with a new version, and the price is stored", async () => {
  await subscriptions.recordPrices(price("LOST", 1), AT);
  proxy.fate = { cutAfterBytes: 0 };
  // The first attempt commits a version that no response contains; the retry commits the next one.
  const version = AT.getTime() + 2;
  expect(await subscriptions.recordPrices(price("LOST", 2), AT)).toMatchObject([{ priceCents: 2, version }]);
  expect(proxy.opened).toBe(2);
});

test("a write of an edge whose connection is cut is retried only after its evaluation timeout", async () => {
  await subscriptions.isConnected("a=");
  proxy.faultNextRequest("cut-after");
  const startedMs = performance.now();
  await subscriptions.deleteConnection("a=");
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_000);
});

test("a write of prices whose connection is cut is retried before its evaluation timeout", async () => {
  const slowClient = new GraphClient({
    url: `ws://127.0.0.1:${proxy.port}/gremlin`,
    signHandshake: async () => ({}),
    evaluationTimeoutMs: { read: 1_000, write: 600_000 },
  });
  onTestFinished(() => slowClient.close());
  const prices = new GremlinSubscriptions(slowClient);
  await prices.isConnected("a=");
  proxy.faultNextRequest("cut-before");
  // Waiting for the evaluation timeout would exceed the time limit of the test.
  expect(await prices.recordPrices(price("CUT", 1), AT)).toMatchObject([{ priceCents: 1 }]);
});

test("a query without a response times out and is retried over another connection", async () => {
  await subscriptions.isConnected("a=");
  proxy.fate = "freeze";
  const result = subscriptions.isConnected("a=");
  await expect.poll(() => signatures, { timeout: 10_000 }).toBeGreaterThan(1);
  proxy.fate = "pass";
  proxy.cut();
  expect(await result).toBe(false);
});

test("repeating a publish whose watchers could not be read delivers to all of them", async () => {
  await using direct = openGraph(server);
  await seedWatchers(direct.client, ticker("AGAIN"), 2);
  const posted: string[] = [];
  const connections = {
    async post(connectionId: string, data: string) {
      posted.push(`${connectionId} version ${JSON.parse(data).quotes[0].version}`);
      return "delivered" as const;
    },
    close: () => Promise.reject(new Error("Expected no connection to be closed.")),
  };
  const form = { prices: price("AGAIN", 1), connectionIds: [] };
  // Every request after the response of the write is cut.
  const failing = new GremlinSubscriptions({
    read: (traversal) => client.read(traversal),
    write: async (traversal) => {
      const results = await client.write(traversal);
      proxy.cut({ refuse: true });
      return results;
    },
    stream: (traversal, onRestart) => client.stream(traversal, onRestart),
  });
  const pages = { send: () => Promise.reject(new Error("Expected no queued message.")) };
  await expect(publish({ subscriptions: failing, connections, pages }, form, AT, 10)).rejects.toMatchObject({
    code: "GRAPH_UNREACHABLE",
  });
  expect(posted).toEqual([]);

  proxy.heal();
  const { summary } = await publish({ subscriptions, connections, pages }, form, AT, 10);
  expect(summary).toEqual({ quotes: 1, watchers: 2, delivered: 2, gone: 0, closed: 0 });
  expect(posted.sort()).toEqual(["seed-0=", "seed-1="].map((id) => `${id} version ${AT.getTime() + 1}`));
});

test("a query that the graph rejects throws GRAPH_REFUSED and is not retried", async () => {
  await using direct = openGraph(server);
  await direct.subscriptions.recordPrices(price("REFUSED", 1), AT);
  const { default: gremlin } = await import("gremlin");
  const { traversal, statics: __ } = gremlin.process;
  const bad = traversal()
    .withGraph(new gremlin.structure.Graph())
    .V("ticker:REFUSED")
    .values("at")
    .math("_ + 1")
    .map(__.sum());
  await expect(client.read(bad)).rejects.toMatchObject({ code: "GRAPH_REFUSED", isTransient: false });
  expect(await subscriptions.isConnected("a=")).toBe(false);
});

test("a query that exceeds the evaluation timeout throws GRAPH_TIMEOUT", async () => {
  const { default: gremlin } = await import("gremlin");
  const { traversal, statics: __ } = gremlin.process;
  await using shortTimeout = openGraph(server, {
    evaluationTimeoutMs: { read: 100, write: 100 },
    retry: { attempts: 1, baseMs: 0, capMs: 0, giveUpAfterMs: 0 },
  });
  const endless = traversal()
    .withGraph(new gremlin.structure.Graph())
    .inject(0)
    .repeat(__.identity())
    .times(2_000_000_000);
  await expect(shortTimeout.client.read(endless)).rejects.toMatchObject({ code: "GRAPH_TIMEOUT" });
});
