import { expect, test } from "vitest";
import { notice } from "#lambdas/delivery/messages.ts";
import { messageFor, type Update } from "#lambdas/delivery/news.ts";
import { wireQuote } from "#support/ports.ts";

/* The message for one recipient. Its arrival is tested in test/flows. */
const quotes = [wireQuote("A"), wireQuote("B"), wireQuote("C")];
const prices: Update = { action: "quotes", quotes };

test("a recipient gets the quotes of its tickers, in the order of the update", () => {
  expect(messageFor(prices, { connectionId: "a=", tickers: new Set(["C", "A", "OTHER"]) })).toEqual({
    action: "quotes",
    "connection-id": "a=",
    quotes: [wireQuote("A"), wireQuote("C")],
  });
});

test("a recipient without tickers gets all quotes", () => {
  expect(messageFor(prices, { connectionId: "a=" })).toEqual({
    action: "quotes",
    "connection-id": "a=",
    quotes,
  });
});

test("a recipient gets all baskets of the update", () => {
  const baskets = [{ name: "one", version: 2, tickers: ["A"] }];
  expect(messageFor({ ...prices, baskets }, { connectionId: "a=", tickers: new Set(["B"]) })).toEqual({
    action: "quotes",
    "connection-id": "a=",
    baskets,
    quotes: [wireQuote("B")],
  });
});

test("a recipient gets a notice unchanged", () => {
  expect(messageFor(notice("x"), { connectionId: "a=" })).toEqual({ action: "notice", message: "x" });
});
