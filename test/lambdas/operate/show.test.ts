import { expect, test } from "vitest";
import type { Watched } from "#lambdas/graph/subscriptions.ts";
import { showBasket } from "#lambdas/operate/show-basket.ts";
import { showConnections } from "#lambdas/operate/show-connections.ts";
import { showPrices } from "#lambdas/operate/show-prices.ts";
import { showUser } from "#lambdas/operate/show-user.ts";
import { showWatchers } from "#lambdas/operate/show-watchers.ts";
import { AT, quote, streamOf, subscriptionsWith, ticker, tickers, wireQuote } from "#support/ports.ts";

/* Responses of the show operations, over a fake graph. A real graph is tested in test/contracts. */
const AAPL = ticker("AAPL");
const ids = (count: number) => Array.from({ length: count }, (_, n) => `c${String(n).padStart(4, "0")}=`);
const watcher = (connectionId: string) => ({ connectionId, tickers: new Set([AAPL]) });

test("showWatchers returns the watchers sorted, without duplicates, each with its user if any", async () => {
  const subscriptions = subscriptionsWith({
    quote: async (name) => quote(name, 3),
    watchersOf: () => streamOf([watcher("b="), watcher("a=")], [watcher("b=")]),
    usersOf: async (watcherIds) => new Map([[watcherIds[1] ?? "", "u"]]),
  });
  expect(await showWatchers({ subscriptions }, AAPL)).toEqual({
    ticker: "AAPL",
    quote: wireQuote("AAPL", 3),
    watchers: 2,
    connections: [{ id: "a=" }, { id: "b=", user: "u" }],
  });
});

test("showWatchers lists the first 1,000 watchers and counts all", async () => {
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

test.each([0, 10_000])("showPrices returns all of %i last prices", async (count) => {
  const subscriptions = subscriptionsWith({ quotes: async () => quotes(count) });
  const expected = { quotes: quotes(count).map(({ ticker }) => wireQuote(ticker)) };
  expect(await showPrices({ subscriptions }, undefined)).toEqual(expected);
});

test("showPrices reads at most 10,001 prices, and returns 10,000 and truncated when there are more", async () => {
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

test("showPrices returns the prices of the list of a user, and a problem for an unknown user", async () => {
  const subscriptions = subscriptionsWith({ user: async (id) => (id === "u" ? LIST : undefined) });
  expect(await showPrices({ subscriptions }, "u")).toEqual({ quotes: [wireQuote("A"), wireQuote("C")] });
  expect(await showPrices({ subscriptions }, "x")).toEqual({ problem: "There is no user x." });
});

test("showUser returns the list of a user with its prices, and the connections", async () => {
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

test("showUser returns a problem for an unknown user", async () => {
  const subscriptions = subscriptionsWith({ user: async () => undefined });
  expect(await showUser({ subscriptions }, "u")).toEqual({ problem: "There is no user u." });
});

test("showBasket returns a basket with its prices and its number of watchers", async () => {
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

test("showBasket returns a problem for an unknown basket", async () => {
  const subscriptions = subscriptionsWith({ basket: async () => undefined });
  expect(await showBasket({ subscriptions }, "b")).toEqual({ problem: "There is no basket b." });
});

test("showConnections reads details of at most 1,000 connections and counts all", async () => {
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
