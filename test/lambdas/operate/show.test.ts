import { expect, test } from "vitest";
import type { Watched } from "#lambdas/graph/subscriptions.ts";
import { showBasket } from "#lambdas/operate/show-basket.ts";
import { showConnections } from "#lambdas/operate/show-connections.ts";
import { showPrices } from "#lambdas/operate/show-prices.ts";
import { showUser } from "#lambdas/operate/show-user.ts";
import { showWatchers } from "#lambdas/operate/show-watchers.ts";
import { AT, quote, streamOf, subscriptionsWith, ticker, tickers, wireQuote } from "#support/ports.ts";

/* What the operator is shown, over a graph that answers as told. test/contracts asks a real one. */
const AAPL = ticker("AAPL");
const ids = (count: number) => Array.from({ length: count }, (_, n) => `c${String(n).padStart(4, "0")}=`);
const watcher = (connectionId: string) => ({ connectionId, tickers: new Set([AAPL]) });

test("the watchers of a ticker are shown in order, each once and with the user, if any", async () => {
  const subscriptions = subscriptionsWith({
    quote: async (asked) => quote(asked, 3),
    watchersOf: () => streamOf([watcher("b="), watcher("a=")], [watcher("b=")]),
    usersOf: async (asked) => new Map([[asked[1] ?? "", "u"]]),
  });
  expect(await showWatchers({ subscriptions }, AAPL)).toEqual({
    ticker: "AAPL",
    quote: wireQuote("AAPL", 3),
    watchers: 2,
    connections: [{ id: "a=" }, { id: "b=", user: "u" }],
  });
});

test("of more than 1,000 watchers the first 1,000 are shown, and all are counted", async () => {
  const subscriptions = subscriptionsWith({
    quote: async () => undefined,
    watchersOf: () => streamOf(ids(1_001).map(watcher)),
    usersOf: async () => new Map(),
  });
  expect(await showWatchers({ subscriptions }, AAPL)).toEqual({
    ticker: "AAPL",
    watchers: 1_001,
    connections: ids(1_000).map((id) => ({ id })),
  });
});

const quotes = (count: number) => Array.from({ length: count }, (_, n) => quote(`T${n}`));

test.each([0, 10_000])("%i last prices are all shown", async (count) => {
  const subscriptions = subscriptionsWith({ quotes: async () => quotes(count) });
  const expected = { quotes: quotes(count).map(({ ticker }) => wireQuote(ticker)) };
  expect(await showPrices({ subscriptions }, undefined)).toEqual(expected);
});

test("of more than 10,000 last prices it is said that there are more, and no more than that are asked for", async () => {
  const subscriptions = subscriptionsWith({ quotes: async (atMost) => quotes(Math.min(atMost, 12_000)) });
  const { quotes: shown, truncated } = Object(await showPrices({ subscriptions }, undefined));
  expect([shown.length, truncated]).toEqual([10_000, true]);
  const noMore = subscriptionsWith({ quotes: async (atMost) => quotes(atMost === 10_001 ? 1 : 0) });
  expect(await showPrices({ subscriptions: noMore }, undefined)).toEqual({ quotes: [wireQuote("T0")] });
});

const LIST: Watched = {
  user: { id: "u", version: 4 },
  tickers: tickers("A"),
  baskets: [{ name: "b", version: 2, tickers: tickers("B", "C") }],
  quotes: [quote("A"), quote("C")],
};

test("a user's prices are those of the list", async () => {
  const subscriptions = subscriptionsWith({ user: async (id) => (id === "u" ? LIST : undefined) });
  expect(await showPrices({ subscriptions }, "u")).toEqual({ quotes: [wireQuote("A"), wireQuote("C")] });
  expect(await showPrices({ subscriptions }, "x")).toEqual({ problem: "There is no user x." });
});

test("a user is shown with the list, its prices and the connections", async () => {
  const subscriptions = subscriptionsWith({
    user: async () => LIST,
    connectionsOf: () => streamOf(["b=", "a="], ["b="]),
  });
  expect(await showUser({ subscriptions }, "u")).toEqual({
    user: { id: "u", version: 4 },
    tickers: ["A"],
    baskets: [{ name: "b", version: 2, tickers: ["B", "C"] }],
    connections: ["a=", "b="],
    quotes: [wireQuote("A"), wireQuote("C")],
  });
});

test("an unknown user is a problem", async () => {
  const subscriptions = subscriptionsWith({ user: async () => undefined });
  expect(await showUser({ subscriptions }, "u")).toEqual({ problem: "There is no user u." });
});

test("a basket is shown with its prices and how many watch it", async () => {
  const subscriptions = subscriptionsWith({
    basket: async (name) => ({ basket: { name, version: 2, tickers: tickers("B") }, quotes: [quote("B")] }),
    watchersOfBasket: () => streamOf(["a=", "b="], ["b="]),
  });
  expect(await showBasket({ subscriptions }, "b")).toEqual({
    basket: { name: "b", version: 2, tickers: ["B"] },
    quotes: [wireQuote("B")],
    watchers: 2,
  });
});

test("an unknown basket is a problem", async () => {
  const subscriptions = subscriptionsWith({ basket: async () => undefined });
  expect(await showBasket({ subscriptions }, "b")).toEqual({ problem: "There is no basket b." });
});

test("of the connections 1,000 are asked for, and all are counted", async () => {
  const times = { connectedAt: new Date(AT), expiresAt: new Date(Date.parse(AT) + 7_200_000) };
  const wireTimes = { connectedAt: AT, expiresAt: "2026-11-21T03:02:03.456Z" };
  const subscriptions = subscriptionsWith({
    connectionDetails: async (atMost) => [
      { id: "a=", ...times, tickers: atMost, baskets: 1 },
      { id: "b=", ...times, userId: "u", tickers: 0, baskets: 0 },
    ],
    countConnections: async () => 70_000,
  });
  expect(await showConnections({ subscriptions })).toEqual({
    connections: [
      { id: "a=", ...wireTimes, tickers: 1_000, baskets: 1 },
      { id: "b=", ...wireTimes, user: "u", tickers: 0, baskets: 0 },
    ],
    total: 70_000,
  });
});
