import { expect, test } from "vitest";
import { notice } from "#lambdas/delivery/messages.ts";
import { messageFor, type Update } from "#lambdas/delivery/news.ts";
import { wireQuote } from "#support/ports.ts";

/* What one of many is told. That it arrives is test/flows' part. */
const quotes = [wireQuote("A"), wireQuote("B"), wireQuote("C")];
const prices: Update = { action: "quotes", quotes };

test("a connection is told of its own tickers, in the order of the news", () => {
  expect(messageFor(prices, { connectionId: "a=", tickers: new Set(["C", "A", "OTHER"]) })).toEqual({
    action: "quotes",
    "connection-id": "a=",
    quotes: [wireQuote("A"), wireQuote("C")],
  });
});

test("a connection that names no tickers is told of all", () => {
  expect(messageFor(prices, { connectionId: "a=" })).toEqual({
    action: "quotes",
    "connection-id": "a=",
    quotes,
  });
});

test("everybody is told of all the baskets", () => {
  const baskets = [{ name: "one", version: 2, tickers: ["A"] }];
  expect(messageFor({ ...prices, baskets }, { connectionId: "a=", tickers: new Set(["B"]) })).toEqual({
    action: "quotes",
    "connection-id": "a=",
    baskets,
    quotes: [wireQuote("B")],
  });
});

test("a notice is the same for everybody", () => {
  expect(messageFor(notice("x"), { connectionId: "a=" })).toEqual({ action: "notice", message: "x" });
});
