import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import type { WireQuote } from "#protocol/messages.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { delivered, isPush, publish, Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";

/*
 * Watch and publish through the local stack: real sockets, HTTP, bundled functions in separate processes, a
 * real Gremlin Server. Does not prove the behaviour of Neptune or API Gateway.
 */
let stack: LocalStack;
beforeAll(async () => {
  // The race test exceeds the default rate limits.
  stack = await startStack({ config: { publishRateLimit: "100000", publishBurstLimit: "100000" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

const prices = (quotes: readonly WireQuote[]) => quotes.map(({ ticker, price }) => [ticker, price]);
const tickers = (...names: readonly string[]) => names.map((name) => parseTicker(name) as Ticker);

const watchIn = ({ subscriptions }: ReturnType<typeof openGraph>, connectionId: string, name: string) =>
  subscriptions.watch({ connectionId }, { tickers: tickers(name), baskets: [] }, { watches: 1, baskets: 0 });

test("a published price reaches a watcher of its ticker with version and time", async () => {
  await using watcher = await Watcher.connect(stack);
  const connectionId = await watcher.watch("AAPL");
  expect(connectionId).toMatch(/=$/);
  expect(await publish(stack, "ticker=AAPL&price=2400")).toEqual(delivered(1, 1));
  expect(await watcher.frame(isPush)).toEqual({
    action: "quotes",
    "connection-id": connectionId,
    quotes: [
      {
        ticker: "AAPL",
        price: 2400,
        version: expect.any(Number),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    ],
  });
});

test("watching a ticker returns its last price", async () => {
  await publish(stack, "ticker=LATE&price=100");
  await publish(stack, "ticker=LATE&price=-250");
  await using watcher = await Watcher.connect(stack);
  expect(await watcher.ask({ action: "watch", tickers: ["late", "NEVER"] })).toMatchObject({
    action: "quotes",
    watching: ["LATE", "NEVER"],
    quotes: [{ ticker: "LATE", price: -250, version: expect.any(Number) }],
  });
});

test("each of three watchers gets one frame with exactly its watched tickers", async () => {
  await using one = await Watcher.connect(stack);
  await using two = await Watcher.connect(stack);
  await using three = await Watcher.connect(stack);
  await Promise.all([one.watch("T1", "T2"), two.watch("T2", "T3"), three.watch("T4")]);

  expect(await publish(stack, "ticker=T1&price=1&ticker=T2&price=2&ticker=T3&price=3")).toEqual(
    delivered(3, 2),
  );
  expect(prices((await one.frame(isPush)).quotes)).toEqual([
    ["T1", 1],
    ["T2", 2],
  ]);
  expect(prices((await two.frame(isPush)).quotes)).toEqual([
    ["T2", 2],
    ["T3", 3],
  ]);
  // An unexpected frame would arrive before this one.
  await publish(stack, "ticker=T4&price=4");
  expect(prices((await three.frame(isPush)).quotes)).toEqual([["T4", 4]]);
  expect([one, two, three].map(({ frames }) => frames.filter(isPush).length)).toEqual([1, 1, 1]);
});

test("prices of an unwatched ticker are no longer sent", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("KEPT", "DROPPED");
  expect(await watcher.ask({ action: "unwatch", tickers: ["DROPPED", "NEVER-WATCHED"] })).toMatchObject({
    watching: ["KEPT"],
    quotes: [],
  });
  expect(await publish(stack, "ticker=DROPPED&price=1")).toEqual(delivered(1, 0));
  expect(await publish(stack, "ticker=KEPT&price=2")).toEqual(delivered(1, 1));
  expect(prices((await watcher.frame(isPush)).quotes)).toEqual([["KEPT", 2]]);
});

test("closing a socket deletes the connection and its edges from the graph", async () => {
  await using graph = openGraph(stack.graph);
  const leaving = await Watcher.connect(stack);
  const connectionId = await leaving.watch("LEFT");
  await leaving[Symbol.asyncDispose]();
  await expect.poll(() => graph.subscriptions.isConnected(connectionId)).toBe(false);
  expect(await publish(stack, "ticker=LEFT&price=1")).toEqual(delivered(1, 0));
});

test("a dropped TCP connection is deleted from the graph", async () => {
  await using graph = openGraph(stack.graph);
  const breaking = await Watcher.connect(stack);
  const connectionId = await breaking.watch("BROKE");
  breaking.terminate();
  await expect.poll(() => graph.subscriptions.isConnected(connectionId)).toBe(false);
});

test("a post that returns 410 deletes a connection without $disconnect from the graph", async () => {
  await using graph = openGraph(stack.graph);
  const twoMinutesAgo = new Date(Date.now() - 120_000);
  const dead = { id: "DeadDeadDeadDea=", connectedAt: twoMinutesAgo, expiresAt: new Date() };
  await graph.subscriptions.connect(dead);
  await watchIn(graph, dead.id, "DEAD");

  const gone = { status: 200, body: { quotes: 1, watchers: 1, delivered: 0, gone: 1, closed: 0 } };
  expect(await publish(stack, "ticker=DEAD&price=1")).toEqual(gone);
  expect(await graph.subscriptions.isConnected(dead.id)).toBe(false);
  expect(await publish(stack, "ticker=DEAD&price=2")).toEqual(delivered(1, 0));
});

test("a post that returns 410 keeps a new connection, whose socket may not be open yet", async () => {
  await using graph = openGraph(stack.graph);
  const young = { id: "YoungYoungYoung=", connectedAt: new Date(), expiresAt: new Date() };
  await graph.subscriptions.connect(young);
  await watchIn(graph, young.id, "YOUNG");
  expect((await publish(stack, "ticker=YOUNG&price=1")).body).toMatchObject({ gone: 1 });
  expect(await graph.subscriptions.isConnected(young.id)).toBe(true);
});

test("a publish with connId reaches each named connection once, with or without a subscription", async () => {
  await using watcher = await Watcher.connect(stack);
  const connectionId = await watcher.watch("OTHER", "NAMED-1");
  const form = `ticker=NAMED-1&price=1&ticker=NAMED-2&price=2&connId=${encodeURIComponent(connectionId)}&connId=no+such+id`;
  expect(await publish(stack, form)).toEqual({
    status: 200,
    body: { quotes: 2, watchers: 2, delivered: 1, gone: 1, closed: 0 },
  });
  expect(prices((await watcher.frame(isPush)).quotes)).toEqual([
    ["NAMED-1", 1],
    ["NAMED-2", 2],
  ]);
});

test("a publish with an earlier time than the stored price is superseded", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("TIMED");
  const time = Date.now();
  const post = (price: number, ms: number) => publish(stack, `ticker=TIMED&price=${price}&time=${ms}`);
  expect(await post(200, time)).toEqual(delivered(1, 1));
  expect((await post(100, time - 1_000)).body).toMatchObject({ quotes: 0, superseded: 1 });
  expect(await post(300, time + 3_000)).toEqual(delivered(1, 1));
  // A publish without a time gets its arrival time, which is earlier.
  expect((await publish(stack, "ticker=TIMED&price=400")).body).toMatchObject({ quotes: 0, superseded: 1 });
  expect((await watcher.ask({ action: "sync" })) as unknown).toMatchObject({ quotes: [{ price: 300 }] });
});

test("a post that returns 410 keeps a connection that only connId names", async () => {
  await using graph = openGraph(stack.graph);
  const old = {
    id: "NamedNamedNamed=",
    connectedAt: new Date(0),
    expiresAt: new Date(Date.now() + 3_600_000),
  };
  await graph.subscriptions.connect(old);
  const form = `ticker=NAMED-3&price=1&connId=${encodeURIComponent(old.id)}`;
  expect((await publish(stack, form)).body).toMatchObject({ watchers: 1, gone: 1 });
  expect(await graph.subscriptions.isConnected(old.id)).toBe(true);
  await watchIn(graph, old.id, "NAMED-3");
  expect((await publish(stack, form)).body).toMatchObject({ watchers: 1, gone: 1 });
  expect(await graph.subscriptions.isConnected(old.id)).toBe(false);
});

test("300 watch messages concurrent with two publishes all receive the last price", async () => {
  const lanes = 10;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      await using watcher = await Watcher.connect(stack);
      for (let round = 0; round < 300 / lanes; round++) {
        const ticker = `RACE-${lane}-${round}`;
        const watch = () => watcher.send({ action: "watch", tickers: [ticker] });
        // Alternates which of the two is sent first.
        if (round % 2 === 0) watch();
        const first = publish(stack, `ticker=${ticker}&price=1`);
        if (round % 2 === 1) watch();
        const answers = [await first, await publish(stack, `ticker=${ticker}&price=2`)];
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        await watcher.frame(
          (frame) =>
            frame.action === "quotes" &&
            frame.quotes.some((quote) => quote.ticker === ticker && quote.price === 2),
        );
      }
    }),
  );
});
