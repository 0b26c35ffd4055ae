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
 * What the flows rely on, asked of a real Gremlin Server with a transactional graph. Does not prove that Neptune, whose
 * locks and query engine are its own, does the same.
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
  throw new Error(`${name} is no ticker`);
}

async function connect(id: string, connectedAt = AT): Promise<string> {
  await subscriptions.connect({ id, connectedAt, expiresAt: new Date(connectedAt.getTime() + 7_200_000) });
  return id;
}

/** Makes a connection watch tickers by itself. */
async function watch(connectionId: string, ...tickers: readonly Ticker[]): Promise<boolean> {
  return await subscriptions.watch({ connectionId }, { tickers, baskets: [] }, LIMITS);
}

/** `connection ticker`, for each that is to be told, in order. */
async function watchersOf(...tickers: readonly Ticker[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const batch of subscriptions.watchersOf(tickers)) {
    for (const { connectionId, tickers: theirs } of batch) {
      for (const each of theirs) found.push(`${connectionId} ${each}`);
    }
  }
  return found.sort();
}

describe("a connection", () => {
  test("is known from when it connects until it is forgotten", async () => {
    expect(await subscriptions.isConnected("c1=")).toBe(false);
    await connect("c1=");
    await connect("c1=");
    expect(await subscriptions.isConnected("c1=")).toBe(true);
    await subscriptions.forget("c1=");
    expect(await subscriptions.isConnected("c1=")).toBe(false);
    await subscriptions.forget("c1=");
  });

  test("is forgotten with all that it watches", async () => {
    await watch(await connect("c2="), ticker("C2"));
    await subscriptions.forget("c2=");
    expect(await watchersOf(ticker("C2"))).toEqual([]);
  });

  test("is forgotten only if it was opened before the time given", async () => {
    await connect("c3=");
    await subscriptions.forget("c3=", AT);
    expect(await subscriptions.isConnected("c3=")).toBe(true);
    await subscriptions.forget("c3=", new Date(AT.getTime() + 1));
    expect(await subscriptions.isConnected("c3=")).toBe(false);
  });
});

describe("a watch", () => {
  test("shows what is watched in order of the alphabet, with the prices that there are", async () => {
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

  test("repeated is one watch", async () => {
    await connect("w2=");
    for (let time = 0; time < 2; time++) expect(await watch("w2=", ticker("W2"))).toBe(true);
    expect(await watchersOf(ticker("W2"))).toEqual(["w2= W2"]);
  });

  test("of an unknown connection changes nothing", async () => {
    expect(await watch("nobody=", ticker("W3"))).toBe(false);
    expect(await subscriptions.watched("nobody=")).toBeUndefined();
    expect(await watchersOf(ticker("W3"))).toEqual([]);
  });

  test("that would pass the limit changes nothing, one that only repeats is let pass", async () => {
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

  test("ends with an unwatch, which leaves the others alone", async () => {
    await connect("w5=");
    await watch("w5=", ticker("W5-A"), ticker("W5-B"));
    const left = { tickers: [ticker("W5-A"), ticker("W5-NEVER")], baskets: ["w5-never"] };
    await subscriptions.unwatch({ connectionId: "w5=" }, left);
    expect((await subscriptions.watched("w5="))?.tickers).toEqual(["W5-B"]);
  });

  test("that races a disconnect never brings the connection back, in 1,000 rounds", async () => {
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let round = 0; round < 125; round++) {
        const id = await connect(`ghost-${lane}-${round}=`);
        await Promise.all([watch(id, ticker("GHOST-A"), ticker("GHOST-B")), subscriptions.forget(id)]);
      }
    });
    await Promise.all(lanes);
    expect(await watchersOf(ticker("GHOST-A"), ticker("GHOST-B"))).toEqual([]);
    expect(await subscriptions.isConnected("ghost-0-0=")).toBe(false);
  });

  test.each(["chain", "rows"] as const)(
    "by %s of many clients at once on the same tickers is exact",
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

describe("a price", () => {
  const later = (ms: number) => new Date(AT.getTime() + ms);
  const price = (name: string, priceCents: number) => ({ ticker: ticker(name), priceCents });

  test("gets its publish time as version, or the stored version + 1 if that is larger", async () => {
    const prices = [price("P1", 1), price("P2", 2)];
    await subscriptions.recordPrices(prices.slice(1), AT);
    expect(await subscriptions.recordPrices(prices, AT)).toEqual([
      { ticker: "P1", priceCents: 1, version: AT.getTime(), at: AT.toISOString() },
      { ticker: "P2", priceCents: 2, version: AT.getTime() + 1, at: AT.toISOString() },
    ]);
    const [quote] = await subscriptions.recordPrices([price("P2", 3)], later(500));
    expect(quote).toMatchObject({ version: AT.getTime() + 500 });
  });

  test("replaces the one before it, though the graph's properties are sets", async () => {
    await watch(await connect("p3="), ticker("P3"));
    for (const priceCents of [1, 2, 3]) await subscriptions.recordPrices([price("P3", priceCents)], AT);
    const rows = await graph.client.read(traversals.watched("p3="));
    expect(rows).toHaveLength(3);
    expect((await subscriptions.watched("p3="))?.quotes).toEqual([
      { ticker: "P3", priceCents: 3, version: AT.getTime() + 2, at: AT.toISOString() },
    ]);
  });

  test("with an earlier publish time than the stored one is not stored, and does not affect the others", async () => {
    await subscriptions.recordPrices([price("P4", 2)], later(1));
    const stored = await subscriptions.recordPrices([price("P4", 1), price("P4-OTHER", 1)], AT);
    expect(stored).toMatchObject([{ ticker: "P4-OTHER", priceCents: 1 }]);
    expect(await subscriptions.quote(ticker("P4"))).toMatchObject({
      priceCents: 2,
      version: later(1).getTime(),
      at: later(1).toISOString(),
    });
  });

  test("has a higher version than before its ticker's vertex was dropped", async () => {
    await subscriptions.recordPrices([price("P5", 1)], AT);
    const [before] = await subscriptions.recordPrices([price("P5", 2)], AT);
    await graph.client.write(traversals.drop(["ticker:P5"]));
    const [after] = await subscriptions.recordPrices([price("P5", 3)], later(1_000));
    expect(after?.version).toBeGreaterThan(before?.version ?? Number.POSITIVE_INFINITY);
  });

  test("of 32 concurrent publishers at one time gets a version of its own, without a gap", async () => {
    const versions = await Promise.all(
      Array.from({ length: 32 }, async (_, n) => {
        await using publisher = openGraph(graph);
        const [quote] = await publisher.subscriptions.recordPrices([price("HOT", n)], AT);
        return quote?.version ?? 0;
      }),
    );
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, n) => AT.getTime() + n));
  });

  test("of 32 concurrent publishers with shuffled publish times is the one with the latest time", async () => {
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
  test("of several tickers come once, with all that they watch of them", async () => {
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

  test("100,000 of one ticker come in batches, and wait in the graph while their reader is slow", async () => {
    const popular = ticker("POPULAR");
    await seedWatchers(graph.client, popular, 100_000);
    const decode = vi.spyOn(graphBinary.graphBinaryReader, "readResponse");
    const pause = vi.spyOn(WebSocket.prototype, "pause");
    onTestFinished(() => {
      vi.restoreAllMocks();
    });

    const ids = new Set<string>();
    for await (const batch of subscriptions.watchersOf([popular])) {
      // Slow at the first batch only: until the rest has been held back.
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
