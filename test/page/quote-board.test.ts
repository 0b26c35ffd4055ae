/** Does not prove what a person sees: page.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Ticker } from "../../lambdas/quote.ts";
import { QuoteBoard } from "../../page/quote-board.ts";
import { quote } from "./feed.ts";

const AAPL = "AAPL" as Ticker;

function boardWith(...tickers: string[]): QuoteBoard {
  const board = new QuoteBoard();
  for (const ticker of tickers) board.add(ticker as Ticker);
  return board;
}

test("a ticker has no price until its first quote", () => {
  const board = new QuoteBoard();
  expect(board.add(AAPL)).toStrictEqual({ ticker: "AAPL" });
  expect(board.add(AAPL)).toBeUndefined();
  expect(board.tickers).toStrictEqual(["AAPL"]);
});

test("the first price has no change, each further one has: against the one before, and against the first", () => {
  const board = boardWith("AAPL");
  const at = (version: number) => quote("AAPL", 0, version).at;
  expect(board.take([quote("AAPL", 2400, 1)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2400, at: at(1), sinceFirstCents: 0 } },
  ]);
  expect(board.take([quote("AAPL", 2412, 2)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2412, at: at(2), changeCents: 12, sinceFirstCents: 12 } },
  ]);
  expect(board.take([quote("AAPL", 2412, 3)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2412, at: at(3), changeCents: 0, sinceFirstCents: 12 } },
  ]);
  expect(board.take([quote("AAPL", 2390, 4)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2390, at: at(4), changeCents: -22, sinceFirstCents: -10 } },
  ]);
});

test.each([
  ["twice", 7],
  ["late", 6],
])("a quote that comes %s changes nothing", (_, version) => {
  const board = boardWith("AAPL");
  board.take([quote("AAPL", 2400, 7)]);
  expect(board.take([quote("AAPL", 9900, version)])).toStrictEqual([]);
});

test("only the rows that a message is news to change", () => {
  const board = boardWith("AAPL", "GOOG");
  board.take([quote("AAPL", 2400, 7), quote("GOOG", 31_300, 1)]);
  const changed = board.take([quote("AAPL", 2500, 6), quote("GOOG", 31_200, 2), quote("MSFT", 100, 1)]);
  expect(changed.map(({ ticker, price }) => [ticker, price?.changeCents])).toStrictEqual([["GOOG", -100]]);
});

test("on a new socket a lower version is news", () => {
  const board = boardWith("AAPL");
  board.take([quote("AAPL", 2400, 7)]);
  board.forgetVersions();
  expect(board.take([quote("AAPL", 2500, 1)]).map(({ price }) => price?.cents)).toStrictEqual([2500]);
  expect(board.take([quote("AAPL", 2400, 1)])).toStrictEqual([]);
});

test("a new socket keeps the first price", () => {
  const board = boardWith("AAPL");
  board.take([quote("AAPL", 2400, 7)]);
  board.forgetVersions();
  const changed = board.take([quote("AAPL", 2500, 1)]);
  expect(changed.map(({ price }) => price?.sinceFirstCents)).toStrictEqual([100]);
});

test("a new socket that repeats what is shown keeps the direction of the last change, and the version counts", () => {
  const board = boardWith("AAPL");
  board.take([quote("AAPL", 2400, 7)]);
  board.take([quote("AAPL", 2500, 8)]);
  board.forgetVersions();
  expect(board.take([quote("AAPL", 2500, 8)])).toStrictEqual([]);
  expect(board.take([quote("AAPL", 2400, 7)])).toStrictEqual([]);
});

test("a ticker that was dropped takes no quotes, and starts anew when it is added again", () => {
  const board = boardWith("AAPL");
  board.take([quote("AAPL", 2400, 7)]);
  board.drop(AAPL);
  expect(board.take([quote("AAPL", 2500, 8)])).toStrictEqual([]);
  board.add(AAPL);
  expect(board.take([quote("AAPL", 2400, 7)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2400, at: quote("AAPL", 2400, 7).at, sinceFirstCents: 0 } },
  ]);
});
