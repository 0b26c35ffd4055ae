import { expect, test } from "vitest";
import { quotesMessage, splitMessage, watchingMessage } from "#lambdas/delivery/messages.ts";
import type { Watched } from "#lambdas/graph/subscriptions.ts";
import {
  MAX_BASKETS,
  MAX_QUOTES_PER_MESSAGE,
  MAX_TICKERS_PER_BASKET,
  MAX_WATCHES,
} from "#protocol/messages.ts";
import { AT, quote, ticker, tickers, wireQuote } from "#support/ports.ts";

/* The JSON of the messages. That a client reads them is tested in test/page and test/flows. */
const watched: Watched = {
  user: { id: "Ann", version: 3 },
  tickers: tickers("A"),
  baskets: [{ name: "one", version: 2, tickers: tickers("B", "C") }],
  quotes: [],
};

test("a quotes message contains prices in whole cents", () => {
  expect(quotesMessage("a=", [quote("A", 7)])).toEqual({
    action: "quotes",
    "connection-id": "a=",
    quotes: [{ ticker: "A", price: 2400, version: 7, at: AT }],
  });
});

test("a watch list message contains the user and the tickers of its baskets", () => {
  expect(watchingMessage("a=", watched, [quote("B")])).toEqual({
    action: "quotes",
    "connection-id": "a=",
    watching: ["A"],
    baskets: [{ name: "one", version: 2, tickers: ["B", "C"] }],
    user: { id: "Ann", version: 3 },
    quotes: [wireQuote("B")],
  });
});

test("a watch list message without a user and baskets omits both fields", () => {
  const message = watchingMessage("a=", { tickers: [], baskets: [], quotes: [] }, []);
  expect(Object.keys(message)).toEqual(["action", "connection-id", "watching", "quotes"]);
});

const quotes = (count: number) => Array.from({ length: count }, (_, n) => quote(`T${n}`));

test.each([
  [0, [0]],
  [1, [1]],
  [500, [500]],
  [501, [500, 1]],
  [1_500, [500, 500, 500]],
])("%i quotes are split into messages of %j", (count, expected) => {
  const message = { ...watchingMessage("a=", watched, quotes(count)), request: "r1" };
  const [first, ...others] = splitMessage(message);
  expect([first, ...others].map((part) => part.quotes.length)).toEqual(expected);
  expect([first, ...others].flatMap((part) => part.quotes)).toEqual(message.quotes);
  expect({ ...first, quotes: [] }).toEqual({ ...message, quotes: [] });
  for (const part of others)
    expect(part).toEqual({ action: "quotes", "connection-id": "a=", quotes: part.quotes });
});

test("every part of the largest answer is under 128 KiB", () => {
  const long = (n: number) => ticker(String(n).padStart(32, "A"));
  const longest: Watched = {
    user: { id: '"'.repeat(128), version: Number.MAX_SAFE_INTEGER },
    tickers: Array.from({ length: MAX_WATCHES - MAX_BASKETS }, (_, n) => long(n)),
    baskets: Array.from({ length: MAX_BASKETS }, () => ({
      name: "b".repeat(64),
      version: Number.MAX_SAFE_INTEGER,
      tickers: Array.from({ length: MAX_TICKERS_PER_BASKET }, (_, n) => long(n)),
    })),
    quotes: Array.from({ length: 3 * MAX_QUOTES_PER_MESSAGE }, (_, n) => ({
      ticker: long(n),
      priceCents: -999_999_999_999_999,
      version: Number.MAX_SAFE_INTEGER,
      at: AT,
    })),
  };
  // The longest `request` has 128 characters, each up to six bytes in JSON.
  const answer = {
    ...watchingMessage("x".repeat(128), longest, longest.quotes),
    request: "\u0001".repeat(128),
  };
  const parts = splitMessage(answer);
  for (const part of parts) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(128 * 1024);
  expect(parts.flatMap((part) => part.quotes)).toEqual(answer.quotes);
  // The first part is filled up to the limit.
  expect(parts[0].quotes.length).toBeGreaterThan(250);
});
