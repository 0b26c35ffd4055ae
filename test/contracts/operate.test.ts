import gremlin from "gremlin";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { GremlinSubscriptions } from "#lambdas/graph/gremlin-subscriptions.ts";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import { clean } from "#lambdas/operate/clean.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { type LocalGraph, openLocalGraph } from "#support/open-local-graph.ts";
import { sockets } from "#support/ports.ts";
import { seedWatchers } from "#support/seed.ts";

/*
 * The admin methods of the graph port against a real Gremlin Server, emptied before each test. Does not prove the same for Neptune,
 * which locks what a query has read, whereas this graph only compares writes.
 */
let graph: LocalGraph;
let subscriptions: Subscriptions;
beforeAll(async () => {
  graph = await openLocalGraph();
  subscriptions = graph.subscriptions;
});
beforeEach(async () => {
  await graph.client.write(g.V().drop());
});
afterAll(() => graph[Symbol.asyncDispose]());

const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());
const AT = new Date("2026-11-21T01:02:03.456Z");
const EXPIRES_AT = new Date(AT.getTime() + 7_200_000);
const LIMITS = { watches: 500, baskets: 20 };

const tickersOf = (...names: readonly string[]): readonly Ticker[] =>
  names.map((name) => parseTicker(name) ?? expect.fail(`Expected ${name} to be a ticker.`));
const watchesOf = (tickers: readonly string[], baskets: readonly string[] = []) => ({
  tickers: tickersOf(...tickers),
  baskets,
});
const quote = (ticker: string, version = AT.getTime()) => ({
  ticker,
  priceCents: 1,
  version,
  at: AT.toISOString(),
});

async function connect(id: string, userId?: string): Promise<string> {
  await subscriptions.connect({ id, connectedAt: AT, expiresAt: EXPIRES_AT });
  if (userId !== undefined) await subscriptions.attach(id, userId, 100);
  return id;
}

async function publish(...names: readonly string[]): Promise<void> {
  const prices = tickersOf(...names).map((ticker) => ({ ticker, priceCents: 1 }));
  await subscriptions.recordPrices(prices, AT);
}

async function countOf(label: string): Promise<unknown> {
  return (await graph.client.read(g.V().hasLabel(label).count()))[0];
}

test("an empty graph returns empty results and drops nothing", async () => {
  expect(await subscriptions.quotes(10)).toEqual([]);
  expect(await subscriptions.quote(tickersOf("A")[0] as Ticker)).toBeUndefined();
  expect(await subscriptions.user("nobody")).toBeUndefined();
  expect(await subscriptions.usersOf([])).toEqual(new Map());
  expect(await subscriptions.usersOf(["nobody="])).toEqual(new Map());
  expect(await subscriptions.connectionDetails(10)).toEqual([]);
  expect(await subscriptions.countConnections()).toBe(0);
  expect(await subscriptions.someConnections(10)).toEqual([]);
  await subscriptions.removeFromList("nobody", watchesOf(["A"], ["b"]));
  expect(await subscriptions.dropUnlessConnected(10)).toEqual({ vertices: 0, isEmpty: true });
});

test("quotes returns 5,000 prices sorted, without tickers that have no price, and at most the limit", async () => {
  const names = Array.from({ length: 5_000 }, (_, n) => `T${String(n).padStart(4, "0")}`);
  for (let from = 0; from < names.length; from += 100) await publish(...names.slice(from, from + 100));
  await subscriptions.setBasket("unpriced", tickersOf("NEVER"), AT);
  expect(await subscriptions.quotes(10_001)).toEqual(names.map((name) => quote(name)));
  expect(await subscriptions.quotes(7)).toHaveLength(7);
  expect(await subscriptions.quote(tickersOf("T4999")[0] as Ticker)).toEqual(quote("T4999"));
  expect(await subscriptions.quote(tickersOf("NEVER")[0] as Ticker)).toBeUndefined();
});

test("a user list contains its tickers, baskets and quotes, with and without a connection", async () => {
  await subscriptions.setBasket("b", tickersOf("C", "B"), AT);
  await publish("A", "C", "OTHER");
  expect(await subscriptions.addToList("u", watchesOf(["Z", "A"], ["b", "a-new"]), LIMITS)).toBe(true);
  const list = {
    user: { id: "u", version: expect.any(Number) },
    tickers: ["A", "Z"],
    baskets: [
      { name: "a-new", version: 0, tickers: [] },
      { name: "b", version: AT.getTime(), tickers: ["B", "C"] },
    ],
    quotes: [quote("A"), quote("C")],
  };
  expect(await subscriptions.user("u")).toEqual(list);
  await connect("c=", "u");
  expect(await subscriptions.user("u")).toEqual(list);
  expect(await subscriptions.watched("c=")).toEqual(list);
});

test("a user with an empty list is found", async () => {
  await connect("c=", "u");
  expect(await subscriptions.user("u")).toEqual({
    user: { id: "u", version: 0 },
    tickers: [],
    baskets: [],
    quotes: [],
  });
});

test("all connections of a user watch the entries added to the list", async () => {
  await connect("a=", "u");
  await connect("b=", "u");
  await subscriptions.setBasket("b", tickersOf("B"), AT);
  await subscriptions.addToList("u", watchesOf(["A"], ["b"]), LIMITS);
  const found: string[] = [];
  for await (const batch of subscriptions.watchersOf(tickersOf("A", "B"))) {
    for (const { connectionId, tickers } of batch) found.push(`${connectionId} ${[...tickers].sort()}`);
  }
  expect(found.sort()).toEqual(["a= A,B", "b= A,B"]);
});

test("addToList adds all entries or none within the limits, and accepts entries that are already listed", async () => {
  const add = (tickers: readonly string[], baskets: readonly string[] = [], watches = 3) =>
    subscriptions.addToList("u", watchesOf(tickers, baskets), { watches, baskets: 1 });
  expect(await add(["A", "B", "C", "D"])).toBe(false);
  expect(await add([], ["one", "two"])).toBe(false);
  expect(await subscriptions.user("u")).toBeUndefined();
  expect(await add(["A", "B"])).toBe(true);
  expect(await add(["C"], ["one"])).toBe(false);
  expect(await add([], ["one"])).toBe(true);
  expect(await add([], ["two"], 9)).toBe(false);
  expect(await add(["C"])).toBe(false);
  expect(await add(["B"], ["one"])).toBe(true);
  expect(await subscriptions.user("u")).toMatchObject({
    tickers: ["A", "B"],
    baskets: [{ name: "one" }],
  });
});

test("removing entries of a list keeps the others, increases its version, and creates no user", async () => {
  await subscriptions.addToList("u", watchesOf(["A", "B"], ["b"]), LIMITS);
  const before = await subscriptions.user("u");
  await subscriptions.removeFromList("u", watchesOf(["A", "NEVER"], ["b"]));
  const after = await subscriptions.user("u");
  expect(after?.user?.version).toBeGreaterThan(before?.user?.version ?? Number.POSITIVE_INFINITY);
  expect(after).toEqual({
    user: { id: "u", version: expect.any(Number) },
    tickers: ["B"],
    baskets: [],
    quotes: [],
  });
  await subscriptions.removeFromList("nobody", watchesOf(["A"]));
  expect(await subscriptions.user("nobody")).toBeUndefined();
});

test("16 concurrent additions to the list of a new user are all stored", async () => {
  const names = Array.from({ length: 16 }, (_, n) => `T${n}`);
  await Promise.all(
    names.map(async (name) => {
      await using client = openGraph(graph);
      expect(await client.subscriptions.addToList("u", watchesOf([name, "ALL"]), LIMITS)).toBe(true);
    }),
  );
  expect(await subscriptions.user("u")).toMatchObject({
    tickers: ["ALL", ...names].sort(),
  });
});

test("connectionDetails returns the user and the size of the own list of each connection", async () => {
  await subscriptions.watch({ connectionId: await connect("own=") }, watchesOf(["A", "B"], ["b"]), LIMITS);
  await subscriptions.watch(
    { connectionId: await connect("users=", "u"), userId: "u" },
    watchesOf(["A"]),
    LIMITS,
  );
  const times = { connectedAt: AT, expiresAt: EXPIRES_AT };
  expect(await subscriptions.connectionDetails(10)).toEqual([
    { id: "own=", ...times, tickers: 2, baskets: 1 },
    { id: "users=", ...times, userId: "u", tickers: 0, baskets: 0 },
  ]);
  expect(await subscriptions.connectionDetails(1)).toHaveLength(1);
  expect(await subscriptions.countConnections()).toBe(2);
  expect(await subscriptions.usersOf(["own=", "users=", "nobody="])).toEqual(new Map([["users=", "u"]]));
  expect((await subscriptions.someConnections(10)).toSorted()).toEqual(["own=", "users="]);
  expect(await subscriptions.someConnections(1)).toHaveLength(1);
});

test("deleteConnections deletes the given connections with their lists, and nothing for an empty list", async () => {
  for (const id of ["a=", "b=", "c="]) {
    await subscriptions.watch({ connectionId: await connect(id) }, watchesOf(["A"]), LIMITS);
  }
  await subscriptions.deleteConnections([]);
  expect(await subscriptions.countConnections()).toBe(3);
  await subscriptions.deleteConnections(["a=", "c=", "nobody="]);
  expect(await subscriptions.someConnections(10)).toEqual(["b="]);
});

test("nothing is dropped while a connection exists, even one with an empty list", async () => {
  await publish("A");
  await subscriptions.addToList("u", watchesOf(["B"], ["b"]), LIMITS);
  await connect("c=");
  expect(await subscriptions.dropUnlessConnected(10)).toEqual({ vertices: 0, isEmpty: false });
  expect(await subscriptions.quotes(10)).toEqual([quote("A")]);
  expect((await subscriptions.user("u"))?.tickers).toEqual(["B"]);
  await subscriptions.deleteConnection("c=");
  expect(await subscriptions.dropUnlessConnected(10)).toEqual({ vertices: 4, isEmpty: true });
});

test("dropUnlessConnected drops edges before vertices, at most the limit per call", async () => {
  await subscriptions.setBasket("b", tickersOf("A", "B"), AT);
  await subscriptions.addToList("u", watchesOf(["A"], ["b"]), LIMITS);
  const drop = () => subscriptions.dropUnlessConnected(3);
  expect(await drop()).toEqual({ vertices: 0, isEmpty: false });
  expect(await countOf("Ticker")).toBe(2);
  expect(await drop()).toEqual({ vertices: 3, isEmpty: false });
  expect(await drop()).toEqual({ vertices: 1, isEmpty: true });
});

test("clean empties a graph of 600 connections, 5,000 tickers, a user and a basket in bounded calls", async () => {
  const names = Array.from({ length: 5_000 }, (_, n) => `T${n}`);
  for (let from = 0; from < names.length; from += 100) await publish(...names.slice(from, from + 100));
  await seedWatchers(graph.client, tickersOf("T0")[0] as Ticker, 600);
  await subscriptions.setBasket("b", tickersOf("T1"), AT);
  await subscriptions.addToList("u", watchesOf(["T2"], ["b"]), LIMITS);
  const { connections, closed } = sockets();
  const ports = { subscriptions, connections };
  const answers = [];
  do answers.push(await clean(ports));
  while (!answers.at(-1)?.done);
  expect(answers).toEqual([
    { closed: 256, dropped: 0, done: false },
    { closed: 256, dropped: 0, done: false },
    { closed: 88, dropped: 0, done: false },
    { closed: 0, dropped: 2_000, done: false },
    { closed: 0, dropped: 2_000, done: false },
    { closed: 0, dropped: 1_002, done: true },
  ]);
  expect(new Set(closed).size).toBe(600);
  expect(await graph.client.read(g.V().count())).toEqual([0]);
});

/** Connects, and watches directly or through the list of its user. @returns the watch list that the client gets. */
async function connectAndWatch(id: string, isOfUser: boolean) {
  await connect(id, isOfUser ? "u" : undefined);
  if (!isOfUser) await subscriptions.watch({ connectionId: id }, watchesOf(["RACE"]), LIMITS);
  return await subscriptions.watched(id);
}

test.each([
  [0, false],
  [1, false],
  [2, false],
  [0, true],
  [1, true],
  [2, true],
])(
  "a connection that opens before request %i of a clean keeps its watch list (with a user: %s)",
  async (nth, isOfUser) => {
    await publish("RACE");
    await publish("RACE");
    await subscriptions.addToList("u", watchesOf(["RACE"]), LIMITS);
    let requests = 0;
    let sent: Awaited<ReturnType<typeof connectAndWatch>>;
    const before = async () => {
      if (requests++ === nth) sent = await connectAndWatch("late=", isOfUser);
    };
    const cleaner = new GremlinSubscriptions({
      read: (traversal) => before().then(() => graph.client.read(traversal)),
      write: (traversal) => before().then(() => graph.client.write(traversal)),
      stream: (traversal) => graph.client.stream(traversal),
    });
    for (let call = 0; call < 2; call++) {
      expect((await cleaner.dropUnlessConnected(10)).isEmpty).toBe(false);
    }
    expect(sent).toBeDefined();
    expect(await subscriptions.watched("late=")).toEqual(sent);
  },
);

test("a connection that opens during a clean never gets a version above the stored one, in 300 rounds", async () => {
  await using cleaner = openGraph(graph);
  await using publisher = openGraph(graph);
  let dropped = 0;
  for (let round = 0; round < 300; round++) {
    const [ticker] = tickersOf("RACE") as [Ticker];
    const price = [{ ticker, priceCents: 1 }];
    const isOfUser = round % 2 === 1;
    for (let time = 0; time < 3; time++) await subscriptions.recordPrices(price, AT);
    if (isOfUser) await subscriptions.addToList("u", watchesOf(["RACE"]), LIMITS);
    const id = `race-${round}=`;
    // Delayed by some requests, so that it happens at every point of the clean and after it.
    const later = async () => {
      for (let requests = round % 6; requests > 0; requests--) await subscriptions.isConnected(id);
      return await connectAndWatch(id, isOfUser);
    };
    const [sent, , { vertices }] = await Promise.all([
      later(),
      publisher.subscriptions.recordPrices(price, AT),
      cleaner.subscriptions.dropUnlessConnected(10),
    ]);
    if (vertices > 0) dropped += 1;
    const version = (await subscriptions.quote(ticker))?.version ?? 0;
    expect(version, `round ${round}`).toBeGreaterThanOrEqual(sent?.quotes[0]?.version ?? 0);
    // Its watch list is not lost either.
    expect((await subscriptions.watched(id))?.tickers, `round ${round}`).toEqual(sent?.tickers);
    await subscriptions.deleteConnection(id);
  }
  // Both outcomes occurred, so the operations did race.
  expect(dropped).toBeGreaterThan(0);
  expect(dropped).toBeLessThan(300);
});
