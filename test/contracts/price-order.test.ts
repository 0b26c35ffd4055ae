import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GremlinServer, startGremlinServer } from "#emulator/neptune/gremlin-server.ts";
import { GraphClient } from "#lambdas/graph/driver/graph-client.ts";
import { GremlinSubscriptions } from "#lambdas/graph/gremlin-subscriptions.ts";
import { GraphError } from "#protocol/errors.ts";
import { parseTicker, type Quote, type Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { type RequestFault, startTcpProxy, type TcpProxy } from "#support/tcp-proxy.ts";

/*
 * Price order on a real Gremlin Server behind TCP proxies that cut connections before or after a request reaches the server, or delay
 * requests until after the client timeout. Does not prove how Neptune isolates two transactions.
 */
const RUNS = Number(process.env["RUNS"] ?? 4);
const HISTORIES_PER_RUN = 12;
const START_MS = Date.parse("2026-11-21T01:02:03.456Z");

let directory: string;
let server: GremlinServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-order-"));
  server = await startGremlinServer({ directory });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

interface Publisher extends AsyncDisposable {
  readonly subscriptions: GremlinSubscriptions;
  readonly proxy: TcpProxy;
}

/** A publish Lambda that connects to the graph through a proxy. Its requests time out after 1.2 s. */
async function openPublisher(): Promise<Publisher> {
  const proxy = await startTcpProxy(server);
  const client = new GraphClient({
    url: `ws://127.0.0.1:${proxy.port}/gremlin`,
    signHandshake: async () => ({}),
    evaluationTimeoutMs: { read: 1_000, write: 200 },
    retry: { attempts: 4, baseMs: 20, capMs: 100, giveUpAfterMs: 2_000 },
  });
  return {
    subscriptions: new GremlinSubscriptions(client),
    proxy,
    async [Symbol.asyncDispose]() {
      await client.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

interface Post {
  readonly tickers: readonly number[];
  /** Publish time, in milliseconds after the previous post. */
  readonly gapMs: number;
  readonly publisher: number;
  readonly fault?: RequestFault;
  /** Whether the next post starts only when this one is answered. */
  readonly isAwaited: boolean;
}

const post: fc.Arbitrary<Post> = fc.record(
  {
    tickers: fc.subarray([0, 1, 2], { minLength: 1 }),
    // A second apart, overlapping by 30 ms, at the same millisecond, and with an earlier time than the one before.
    gapMs: fc.constantFrom(1_000, 30, 0, -500),
    publisher: fc.constantFrom(0, 1, 2),
    fault: fc.constantFrom<RequestFault[]>("cut-before", "cut-after", "hold"),
    isAwaited: fc.boolean(),
  },
  { requiredKeys: ["tickers", "gapMs", "publisher", "isAwaited"] },
);

interface Outcome {
  readonly atMs: number;
  readonly priceCents: number;
  readonly tickers: readonly Ticker[];
  /** The stored quotes; `undefined` when the post was not acknowledged. */
  readonly quotes: readonly Quote[] | undefined;
}

const isGraphError = (error: unknown) => {
  if (!(error instanceof GraphError)) throw error;
  return undefined;
};

async function play(name: string, posts: readonly Post[]): Promise<void> {
  await using publishers = new AsyncDisposableStack();
  const lambdas: Publisher[] = [];
  for (let n = 0; n < 3; n++) lambdas.push(publishers.use(await openPublisher()));
  // Opens the connections, so that a fault meets a write and not a handshake.
  await Promise.all(lambdas.map(({ subscriptions }) => subscriptions.isConnected("a=")));

  let atMs = START_MS;
  const pending: Promise<Outcome>[] = [];
  for (const [index, { tickers, gapMs, publisher, fault, isAwaited }] of posts.entries()) {
    atMs += gapMs;
    const { subscriptions, proxy } = lambdas[publisher] ?? expect.fail("Expected a publisher.");
    const common = { atMs, priceCents: index + 1, tickers: tickers.map((n) => tickerOf(name, n)) };
    if (fault) proxy.faultNextRequest(fault);
    const prices = common.tickers.map((ticker) => ({ ticker, priceCents: common.priceCents }));
    const outcome = subscriptions
      .recordPrices(prices, new Date(atMs))
      .catch(isGraphError)
      .then((quotes): Outcome => ({ ...common, quotes }));
    pending.push(outcome);
    if (isAwaited) await outcome;
  }
  const outcomes = await Promise.all(pending);
  // Held requests reach the graph now, after their client timeouts and all answers.
  await Promise.all(lambdas.map(({ proxy }) => proxy.release()));

  await using direct = openGraph(server);
  for (const ticker of [0, 1, 2].map((n) => tickerOf(name, n))) {
    const stored = await direct.subscriptions.quote(ticker);
    const posted = outcomes.filter(({ tickers }) => tickers.includes(ticker));
    const acknowledged = posted.filter(({ quotes }) => quotes !== undefined);
    const latestMs = Math.max(...acknowledged.map((outcome) => outcome.atMs));
    const storedMs = stored ? Date.parse(stored.at) : Number.NEGATIVE_INFINITY;
    expect(storedMs, `${ticker} at rest`).toBeGreaterThanOrEqual(latestMs);
    // The stored price is one of the posts with that time; an unacknowledged one may have been stored too.
    const candidates = posted.filter((outcome) => outcome.atMs === storedMs);
    if (stored) expect(candidates.map(({ priceCents }) => priceCents)).toContain(stored.priceCents);
    expectOrderedVersions(ticker, acknowledged, stored);
  }
}

/** Of two acknowledged prices, the one with the later time has the higher version; no two have the same. */
function expectOrderedVersions(
  ticker: Ticker,
  outcomes: readonly Outcome[],
  stored: Quote | undefined,
): void {
  const quotes = outcomes.flatMap(
    (outcome) => outcome.quotes?.filter((quote) => quote.ticker === ticker) ?? [],
  );
  const byVersion = quotes.toSorted((a, b) => a.version - b.version);
  expect(byVersion.map(({ at }) => at)).toEqual(quotes.map(({ at }) => at).sort());
  expect(new Set(quotes.map(({ version }) => version)).size).toBe(quotes.length);
  for (const { version } of quotes) expect(stored?.version).toBeGreaterThanOrEqual(version);
}

const tickerOf = (name: string, n: number): Ticker =>
  parseTicker(`${name}-${n}`) ?? expect.fail(`Expected ${name}-${n} to be a ticker.`);

describe("stored price", () => {
  test("the stored price is that of the latest acknowledged post when posts are cut, held or overlap", {
    timeout: 30_000 + RUNS * 15_000,
  }, async () => {
    let run = 0;
    const history = fc.array(post, { minLength: 2, maxLength: 8 });
    // Histories run concurrently, because a held request takes 1.2 s to time out.
    const histories = fc.array(history, { minLength: HISTORIES_PER_RUN, maxLength: HISTORIES_PER_RUN });
    const property = fc.asyncProperty(histories, async (all) => {
      run += 1;
      await Promise.all(all.map((posts, n) => play(`R${run}-${n}`, posts)));
    });
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  });

  test("the newer price is stored when the older post is cut and retried after the newer one", async () => {
    await play("CUT", [
      { tickers: [0], gapMs: 0, publisher: 0, fault: "cut-after", isAwaited: false },
      { tickers: [0], gapMs: 1_000, publisher: 1, isAwaited: true },
    ]);
  });

  test("the newer price is stored when an older post that timed out reaches the graph after it", async () => {
    await play("HELD", [
      { tickers: [0], gapMs: 0, publisher: 0, fault: "hold", isAwaited: true },
      { tickers: [0], gapMs: 1_000, publisher: 1, isAwaited: true },
    ]);
  });
});
