import fc from "fast-check";
import graphBinary from "gremlin/lib/structure/io/binary/GraphBinary.js";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import * as traversals from "#lambdas/graph/queries/traversals.ts";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { type LocalGraph, openLocalGraph } from "#support/open-local-graph.ts";
import { seedWatchers } from "#support/seed.ts";

/*
 * The graph port of the flows on a real Gremlin Server with a transactional graph. Does not prove the same for Neptune, which has
 * another query engine and other locks.
 */
let graph: LocalGraph;
let subscriptions: Subscriptions;
beforeAll(async () => {
  graph = await openLocalGraph();
  subscriptions = graph.subscriptions;
});
afterAll(() => graph[Symbol.asyncDispose]());

const LIMITS = { watches: 500, baskets: 20 };
const AT = new Date("2026-11-21T01:02:03.456Z");

function ticker(name: string): Ticker {
  const parsed = parseTicker(name);
  if (parsed) return parsed;
  throw new Error(`Expected ${name} to be a ticker.`);
}

async function connect(id: string, connectedAt = AT): Promise<string> {
  await subscriptions.connect({ id, connectedAt, expiresAt: new Date(connectedAt.getTime() + 7_200_000) });
  return id;
}

/** Adds tickers to the own list of a connection. */
async function watch(connectionId: string, ...tickers: readonly Ticker[]): Promise<boolean> {
  return await subscriptions.watch({ connectionId }, { tickers, baskets: [] }, LIMITS);
}

/** `connection ticker` of each watcher, sorted. */
async function watchersOf(...tickers: readonly Ticker[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const batch of subscriptions.watchersOf(tickers)) {
    for (const { connectionId, tickers: watched } of batch) {
      for (const each of watched) found.push(`${connectionId} ${each}`);
    }
  }
  return found.sort();
}

describe("connection", () => {
  test("a connection is stored from connect until it is deleted", async () => {
    expect(await subscriptions.isConnected("c1=")).toBe(false);
    await connect("c1=");
    await connect("c1=");
    expect(await subscriptions.isConnected("c1=")).toBe(true);
    await subscriptions.deleteConnection("c1=");
    expect(await subscriptions.isConnected("c1=")).toBe(false);
    await subscriptions.deleteConnection("c1=");
  });

  test("deleting a connection deletes its watch list", async () => {
    await watch(await connect("c2="), ticker("C2"));
    await subscriptions.deleteConnection("c2=");
    expect(await watchersOf(ticker("C2"))).toEqual([]);
  });

  test("a connection is deleted only if it was opened before openedBefore", async () => {
    await connect("c3=");
    await subscriptions.deleteConnection("c3=", AT);
    expect(await subscriptions.isConnected("c3=")).toBe(true);
    await subscriptions.deleteConnection("c3=", new Date(AT.getTime() + 1));
    expect(await subscriptions.isConnected("c3=")).toBe(false);
  });
});

describe("watch list", () => {
  test("a watch list contains the tickers sorted and the existing quotes", async () => {
    await connect("w1=");
    await subscriptions.recordPrices([{ ticker: ticker("W1-B"), priceCents: -123_456_789_012_345 }], AT);
    expect(await watch("w1=", ticker("W1-B"), ticker("W1-A"))).toBe(true);
    expect(await subscriptions.watched("w1=")).toEqual({
      tickers: ["W1-A", "W1-B"],
      baskets: [],
      quotes: [
        { ticker: "W1-B", priceCents: -123_456_789_012_345, version: AT.getTime(), at: AT.toISOString() },
      ],
    });
  });

  test("a repeated watch is one watcher", async () => {
    await connect("w2=");
    for (let time = 0; time < 2; time++) expect(await watch("w2=", ticker("W2"))).toBe(true);
    expect(await watchersOf(ticker("W2"))).toEqual(["w2= W2"]);
  });

  test("a watch of an unknown connection changes nothing", async () => {
    expect(await watch("nobody=", ticker("W3"))).toBe(false);
    expect(await subscriptions.watched("nobody=")).toBeUndefined();
    expect(await watchersOf(ticker("W3"))).toEqual([]);
  });

  test("a watch beyond the limit changes nothing, and a repeated one at the limit succeeds", async () => {
    await connect("w4=");
    const [a, b, c] = [ticker("W4-A"), ticker("W4-B"), ticker("W4-C")];
    const two = { watches: 2, baskets: 1 };
    const watchAtMostTwo = (...tickers: readonly Ticker[]) =>
      subscriptions.watch({ connectionId: "w4=" }, { tickers, baskets: [] }, two);
    expect(await watchAtMostTwo(a, b)).toBe(true);
    expect(await watchAtMostTwo(b, c)).toBe(false);
    expect(await watchAtMostTwo(b, a)).toBe(true);
    expect((await subscriptions.watched("w4="))?.tickers).toEqual([a, b]);
  });

  test("unwatch removes only the given tickers", async () => {
    await connect("w5=");
    await watch("w5=", ticker("W5-A"), ticker("W5-B"));
    const left = { tickers: [ticker("W5-A"), ticker("W5-NEVER")], baskets: ["w5-never"] };
    await subscriptions.unwatch({ connectionId: "w5=" }, left);
    expect((await subscriptions.watched("w5="))?.tickers).toEqual(["W5-B"]);
  });

  test("a watch that races a disconnect never recreates the connection, in 1,000 rounds", async () => {
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let round = 0; round < 125; round++) {
        const id = await connect(`ghost-${lane}-${round}=`);
        await Promise.all([
          watch(id, ticker("GHOST-A"), ticker("GHOST-B")),
          subscriptions.deleteConnection(id),
        ]);
      }
    });
    await Promise.all(lanes);
    expect(await watchersOf(ticker("GHOST-A"), ticker("GHOST-B"))).toEqual([]);
    expect(await subscriptions.isConnected("ghost-0-0=")).toBe(false);
  });

  test.each(["chain", "rows"] as const)(
    "32 concurrent watches of the same tickers store every edge, in the form %s",
    async (form) => {
      const tickers = Array.from({ length: 20 }, (_, n) => ticker(`${form}-${n}`.slice(0, 16)));
      const clients = Array.from({ length: 32 }, () => openGraph(graph));
      await Promise.all(
        clients.map(async ({ client }, n) => {
          const id = await connect(`${form}-${n}=`);
          const shuffled = tickers.toSorted((a, b) => ((a.length * 7 + n) % 5) - ((b.length * 7 + n) % 5));
          const watches = { tickers: shuffled, baskets: [] };
          const traversal = traversals.watch({ connectionId: id }, watches, LIMITS, AT, form);
          expect(await client.write(traversal)).not.toEqual([0]);
        }),
      );
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      expect(await watchersOf(...tickers)).toHaveLength(20 * 32);
    },
  );
});

describe("price", () => {
  const later = (ms: number) => new Date(AT.getTime() + ms);
  const price = (name: string, priceCents: number) => ({ ticker: ticker(name), priceCents });

  test("a version is the publish time, or the stored version + 1 if that is larger", async () => {
    const prices = [price("P1", 1), price("P2", 2)];
    await subscriptions.recordPrices(prices.slice(1), AT);
    expect(await subscriptions.recordPrices(prices, AT)).toEqual([
      { ticker: "P1", priceCents: 1, version: AT.getTime(), at: AT.toISOString() },
      { ticker: "P2", priceCents: 2, version: AT.getTime() + 1, at: AT.toISOString() },
    ]);
    const [quote] = await subscriptions.recordPrices([price("P2", 3)], later(500));
    expect(quote).toMatchObject({ version: AT.getTime() + 500 });
  });

  test("a price replaces the previous one although the default cardinality is set", async () => {
    await watch(await connect("p3="), ticker("P3"));
    for (const priceCents of [1, 2, 3]) await subscriptions.recordPrices([price("P3", priceCents)], AT);
    const rows = await graph.client.read(traversals.watched("p3="));
    expect(rows).toHaveLength(3);
    expect((await subscriptions.watched("p3="))?.quotes).toEqual([
      { ticker: "P3", priceCents: 3, version: AT.getTime() + 2, at: AT.toISOString() },
    ]);
  });

  test("a price with an earlier publish time is not stored and does not affect the others", async () => {
    await subscriptions.recordPrices([price("P4", 2)], later(1));
    const stored = await subscriptions.recordPrices([price("P4", 1), price("P4-OTHER", 1)], AT);
    expect(stored).toMatchObject([{ ticker: "P4-OTHER", priceCents: 1 }]);
    expect(await subscriptions.quote(ticker("P4"))).toMatchObject({
      priceCents: 2,
      version: later(1).getTime(),
      at: later(1).toISOString(),
    });
  });

  test("a version is higher than before the vertex of the ticker was dropped", async () => {
    await subscriptions.recordPrices([price("P5", 1)], AT);
    const [before] = await subscriptions.recordPrices([price("P5", 2)], AT);
    await graph.client.write(traversals.drop(["ticker:P5"]));
    const [after] = await subscriptions.recordPrices([price("P5", 3)], later(1_000));
    expect(after?.version).toBeGreaterThan(before?.version ?? Number.POSITIVE_INFINITY);
  });

  test("32 concurrent publishes with one time get consecutive versions", async () => {
    const versions = await Promise.all(
      Array.from({ length: 32 }, async (_, n) => {
        await using publisher = openGraph(graph);
        const [quote] = await publisher.subscriptions.recordPrices([price("HOT", n)], AT);
        return quote?.version ?? 0;
      }),
    );
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, n) => AT.getTime() + n));
  });

  test("the price with the latest time is stored after 32 concurrent publishes with shuffled times", async () => {
    const offsets =
      fc.sample(
        fc.shuffledSubarray(
          Array.from({ length: 32 }, (_, n) => n),
          { minLength: 32 },
        ),
        1,
      )[0] ?? [];
    await Promise.all(
      offsets.map(async (ms) => {
        await using publisher = openGraph(graph);
        await publisher.subscriptions.recordPrices([price("SHUFFLED", ms)], later(ms));
      }),
    );
    expect(await subscriptions.quote(ticker("SHUFFLED"))).toMatchObject({
      priceCents: 31,
      at: later(31).toISOString(),
    });
  });
});

describe("watchers", () => {
  test("watchers of several tickers are yielded once with all requested tickers that they watch", async () => {
    const [a, b] = [ticker("MANY-A"), ticker("MANY-B")];
    await seedWatchers(graph.client, a, 1_500);
    await seedWatchers(graph.client, b, 750);
    const found: string[] = [];
    for await (const batch of subscriptions.watchersOf([a, b])) {
      for (const { connectionId, tickers } of batch) found.push(`${connectionId} ${[...tickers].sort()}`);
    }
    const expected = Array.from({ length: 1_500 }, (_, n) => `seed-${n}= ${n < 750 ? [a, b] : a}`);
    expect(found.sort()).toEqual(expected.sort());
  });

  test("100,000 watchers are streamed in batches, with backpressure for a slow reader", async () => {
    const popular = ticker("POPULAR");
    await seedWatchers(graph.client, popular, 100_000);
    const decode = vi.spyOn(graphBinary.graphBinaryReader, "readResponse");
    const pause = vi.spyOn(WebSocket.prototype, "pause");
    onTestFinished(() => {
      vi.restoreAllMocks();
    });

    const ids = new Set<string>();
    for await (const batch of subscriptions.watchersOf([popular])) {
      // Slow only at the first batch, until backpressure pauses the socket.
      if (ids.size === 0) {
        await expect.poll(() => pause.mock.calls.length).toBe(1);
        expect(decode.mock.calls.length).toBeLessThan(15);
      }
      for (const { connectionId } of batch) ids.add(connectionId);
    }
    expect(ids.size).toBe(100_000);
    expect(decode.mock.calls.length).toBe(100);
  });
});
