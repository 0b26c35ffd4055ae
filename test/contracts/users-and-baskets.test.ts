import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Owner, Subscriptions } from "#lambdas/graph/subscriptions.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { type LocalGraph, openLocalGraph } from "#support/open-local-graph.ts";

/*
 * Users, their lists and baskets on a real Gremlin Server with a transactional graph. Does not prove the same for Neptune, which has
 * another query engine and other locks.
 */
let graph: LocalGraph;
let subscriptions: Subscriptions;
beforeAll(async () => {
  graph = await openLocalGraph();
  subscriptions = graph.subscriptions;
});
afterAll(() => graph[Symbol.asyncDispose]());

const AT = new Date("2026-11-21T01:02:03.456Z");

const tickersOf = (...names: readonly string[]): readonly Ticker[] =>
  names.map((name) => parseTicker(name) ?? expect.fail(`Expected ${name} to be a ticker.`));

async function connect(id: string, userId?: string): Promise<Owner> {
  await subscriptions.connect({ id, connectedAt: AT, expiresAt: new Date(AT.getTime() + 7_200_000) });
  if (userId === undefined) return { connectionId: id };
  expect(await subscriptions.attach(id, userId, 100)).toBe(true);
  return { connectionId: id, userId };
}

async function watch(
  owner: Owner,
  tickers: readonly string[],
  baskets: readonly string[] = [],
  limits = { watches: 500, baskets: 20 },
): Promise<boolean> {
  return await subscriptions.watch(owner, { tickers: tickersOf(...tickers), baskets }, limits);
}

async function publish(...names: readonly string[]): Promise<void> {
  await subscriptions.recordPrices(
    tickersOf(...names).map((ticker) => ({ ticker, priceCents: 1 })),
    AT,
  );
}

/** `connection: tickers` of each watcher, sorted. */
async function watchersOf(...names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const batch of subscriptions.watchersOf(tickersOf(...names))) {
    for (const { connectionId, tickers } of batch) found.push(`${connectionId}: ${[...tickers].sort()}`);
  }
  return found.sort();
}

async function all(stream: AsyncIterable<readonly string[]>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const batch of stream) found.push(...batch);
  return found.sort();
}

const quote = (ticker: string, version = AT.getTime()) => ({
  ticker,
  priceCents: 1,
  version,
  at: AT.toISOString(),
});

describe("user", () => {
  test("a user list is shared by all connections of the user and outlives them", async () => {
    const first = await connect("u1-a=", "u1");
    await connect("u1-b=", "u1");
    expect(await watch(first, ["U1-A", "U1-B"])).toBe(true);
    expect(await watchersOf("U1-A", "U1-B")).toEqual(["u1-a=: U1-A,U1-B", "u1-b=: U1-A,U1-B"]);
    expect((await subscriptions.watched("u1-b="))?.tickers).toEqual(["U1-A", "U1-B"]);

    await subscriptions.deleteConnection("u1-a=");
    await subscriptions.deleteConnection("u1-b=");
    expect(await watchersOf("U1-A")).toEqual([]);
    await connect("u1-c=", "u1");
    expect(await subscriptions.watched("u1-c=")).toEqual({
      user: { id: "u1", version: expect.any(Number) },
      tickers: ["U1-A", "U1-B"],
      baskets: [],
      quotes: [],
    });
    expect(await watchersOf("U1-A")).toEqual(["u1-c=: U1-A"]);
  });

  test("every change of a user list increases its version to at least the time of the change", async () => {
    const owner = await connect("u2=", "u2");
    const version = async () => (await subscriptions.watched("u2="))?.user?.version ?? Number.NaN;
    expect(await version()).toBe(0);
    const startedAt = Date.now();
    await watch(owner, ["U2-A"]);
    const first = await version();
    expect(first).toBeGreaterThanOrEqual(startedAt);
    await subscriptions.unwatch(owner, { tickers: tickersOf("U2-A"), baskets: [] });
    expect(await version()).toBeGreaterThan(first);
    expect((await subscriptions.watched("u2="))?.tickers).toEqual([]);
  });

  test("attaching a connection replaces its own list and its previous user", async () => {
    await watch(await connect("u3="), ["U3-OWN"]);
    await connect("u3=", "u3-first");
    expect(await watchersOf("U3-OWN")).toEqual([]);
    await connect("u3=", "u3-second");
    expect(await all(subscriptions.connectionsOf("u3-first"))).toEqual([]);
    expect(await all(subscriptions.connectionsOf("u3-second"))).toEqual(["u3="]);
  });

  test("a watch with another user than that of the connection changes nothing", async () => {
    await connect("u4=", "u4");
    await connect("u4-alone=");
    expect(await watch({ connectionId: "u4=" }, ["U4"])).toBe(false);
    expect(await watch({ connectionId: "u4=", userId: "u4-other" }, ["U4"])).toBe(false);
    expect(await watch({ connectionId: "u4-alone=", userId: "u4" }, ["U4"])).toBe(false);
    expect(await watchersOf("U4")).toEqual([]);
    expect(await subscriptions.attach("nobody=", "u4", 100)).toBe(false);
    expect(await all(subscriptions.connectionsOf("u4"))).toEqual(["u4="]);
  });

  test("attach is refused at the maximum number of connections, except for one that is already attached", async () => {
    await subscriptions.connect({ id: "u6-c=", connectedAt: AT, expiresAt: AT });
    for (const id of ["u6-a=", "u6-b="]) await connect(id, "u6");
    await watch({ connectionId: "u6-c=" }, ["U6"]);
    expect(await subscriptions.attach("u6-c=", "u6", 2)).toBe(false);
    expect(await subscriptions.attach("u6-b=", "u6", 2)).toBe(true);
    expect(await all(subscriptions.connectionsOf("u6"))).toEqual(["u6-a=", "u6-b="]);
    // The refused connection keeps its own list.
    expect(await watchersOf("U6")).toEqual(["u6-c=: U6"]);
  });

  test("a user list is limited in entries and in baskets", async () => {
    const owner = await connect("u5=", "u5");
    const limits = { watches: 3, baskets: 1 };
    expect(await watch(owner, ["U5-A"], ["u5-one", "u5-two"], limits)).toBe(false);
    expect(await watch(owner, ["U5-A"], ["u5-one"], limits)).toBe(true);
    expect(await watch(owner, [], ["u5-two"], limits)).toBe(false);
    expect(await watch(owner, ["U5-B", "U5-C"], [], limits)).toBe(false);
    expect(await watch(owner, ["U5-B"], ["u5-one"], limits)).toBe(true);
  });
});

describe("basket", () => {
  test("a basket can be watched before it is defined", async () => {
    await watch(await connect("b1="), ["B1-OWN"], ["b1"]);
    expect(await subscriptions.watched("b1=")).toEqual({
      tickers: ["B1-OWN"],
      baskets: [{ name: "b1", version: 0, tickers: [] }],
      quotes: [],
    });
    expect(await subscriptions.basket("b1-never")).toBeUndefined();
  });

  test("watchers of a basket get its tickers and their prices", async () => {
    await subscriptions.setBasket("b2", tickersOf("B2-B", "B2-A"), AT);
    await publish("B2-A");
    await watch(await connect("b2="), [], ["b2"]);
    await watch(await connect("b2-user=", "b2-user"), [], ["b2"]);
    expect(await watchersOf("B2-A", "B2-B")).toEqual(["b2-user=: B2-A,B2-B", "b2=: B2-A,B2-B"]);
    expect(await all(subscriptions.watchersOfBasket("b2"))).toEqual(["b2-user=", "b2="]);
    expect(await subscriptions.watched("b2=")).toEqual({
      tickers: [],
      baskets: [{ name: "b2", version: AT.getTime(), tickers: ["B2-A", "B2-B"] }],
      quotes: [quote("B2-A")],
    });
  });

  test("a basket includes only the tickers of the last change, with a higher version", async () => {
    await subscriptions.setBasket("b3", tickersOf("B3-A", "B3-B"), AT);
    await subscriptions.setBasket("b3", tickersOf("B3-B", "B3-C"), AT);
    await publish("B3-A", "B3-C");
    expect(await subscriptions.basket("b3")).toEqual({
      basket: { name: "b3", version: AT.getTime() + 1, tickers: ["B3-B", "B3-C"] },
      quotes: [quote("B3-C")],
    });
    await subscriptions.setBasket("b3", [], AT);
    const version = AT.getTime() + 2;
    expect((await subscriptions.basket("b3"))?.basket).toEqual({ name: "b3", version, tickers: [] });
  });

  test("a basket keeps a later change when an earlier one is stored after it", async () => {
    const later = new Date(AT.getTime() + 1_000);
    expect(await subscriptions.setBasket("b5", tickersOf("B5-NEW"), later)).toBe(true);
    expect(await subscriptions.setBasket("b5", tickersOf("B5-OLD"), AT)).toBe(false);
    const basket = { name: "b5", version: later.getTime(), tickers: ["B5-NEW"] };
    expect((await subscriptions.basket("b5"))?.basket).toEqual(basket);
  });

  test("a connection that several paths reach from a ticker is one watcher", async () => {
    await subscriptions.setBasket("b4-one", tickersOf("B4-A", "B4-B"), AT);
    await subscriptions.setBasket("b4-two", tickersOf("B4-B", "B4-C"), AT);
    await watch(await connect("b4="), ["B4-B"], ["b4-one", "b4-two"]);
    const owner = await connect("b4-user-1=", "b4-user");
    await connect("b4-user-2=", "b4-user");
    await watch(owner, ["B4-B"], ["b4-two", "b4-one"]);
    expect(await watchersOf("B4-A", "B4-B", "B4-OTHER")).toEqual([
      "b4-user-1=: B4-A,B4-B",
      "b4-user-2=: B4-A,B4-B",
      "b4=: B4-A,B4-B",
    ]);
    expect(await watchersOf("B4-C")).toEqual(["b4-user-1=: B4-C", "b4-user-2=: B4-C", "b4=: B4-C"]);
  });
});

describe("expired connections", () => {
  test("deleteExpired deletes at most the limit per call and no unexpired connection", async () => {
    const expiresAt = (ms: number) => ({ connectedAt: AT, expiresAt: new Date(ms) });
    for (let n = 0; n < 5; n++) await subscriptions.connect({ id: `x${n}=`, ...expiresAt(1_000) });
    await subscriptions.connect({ id: "x-alive=", ...expiresAt(1_001) });
    const sweep = () => subscriptions.deleteExpired(new Date(1_001), 3);
    expect([await sweep(), await sweep(), await sweep()]).toEqual([3, 2, 0]);
    expect(await subscriptions.isConnected("x-alive=")).toBe(true);
    await subscriptions.deleteConnection("x-alive=");
  });
});

test("connections yields all connections, with and without watches", async () => {
  await connect("everybody-1=");
  await watch(await connect("everybody-2=", "everybody"), ["EVERYBODY"]);
  expect(await all(subscriptions.connections())).toEqual(
    expect.arrayContaining(["everybody-1=", "everybody-2="]),
  );
});
