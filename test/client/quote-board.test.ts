/** Does not prove what a person sees: page.browser.test.ts does. */
import { expect, test } from "vitest";
import { QuoteBoard } from "#client/quote-board.ts";
import type { Ticker } from "#protocol/quote.ts";
import { quote } from "../page/feed.ts";

const tickers = (...names: string[]) => names as Ticker[];

function boardWith(...names: string[]): QuoteBoard {
  const board = new QuoteBoard();
  board.setTickers(tickers(...names));
  return board;
}

test("a ticker has no price until its first quote", () => {
  expect(new QuoteBoard().setTickers(tickers("AAPL"))).toStrictEqual({ priced: [], removed: [] });
});

test("the first price has no change, each further one has: against the one before, and against the first", () => {
  const board = boardWith("AAPL");
  const at = (version: number) => quote("AAPL", 0, version).at;
  expect(board.apply([quote("AAPL", 2400, 1)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2400, at: at(1), sinceFirstCents: 0 } },
  ]);
  expect(board.apply([quote("AAPL", 2412, 2)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2412, at: at(2), changeCents: 12, sinceFirstCents: 12 } },
  ]);
  expect(board.apply([quote("AAPL", 2412, 3)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2412, at: at(3), changeCents: 0, sinceFirstCents: 12 } },
  ]);
  expect(board.apply([quote("AAPL", 2390, 4)])).toStrictEqual([
    { ticker: "AAPL", price: { cents: 2390, at: at(4), changeCents: -22, sinceFirstCents: -10 } },
  ]);
});

test.each([
  ["twice", 7],
  ["late", 6],
])("a quote that comes %s changes nothing", (_, version) => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  expect(board.apply([quote("AAPL", 9900, version)])).toStrictEqual([]);
});

test("only the rows that a message is news to change", () => {
  const board = boardWith("AAPL", "GOOG");
  board.apply([quote("AAPL", 2400, 7), quote("GOOG", 31_300, 1)]);
  const changed = board.apply([quote("AAPL", 2500, 6), quote("GOOG", 31_200, 2), quote("MSFT", 100, 1)]);
  expect(changed.map(({ ticker, price }) => [ticker, price?.changeCents])).toStrictEqual([["GOOG", -100]]);
});

test("on a new socket a lower version is news", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  board.resetVersions();
  expect(board.apply([quote("AAPL", 2500, 1)]).map(({ price }) => price?.cents)).toStrictEqual([2500]);
  expect(board.apply([quote("AAPL", 2400, 1)])).toStrictEqual([]);
});

test("a new socket keeps the first price", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  board.resetVersions();
  const changed = board.apply([quote("AAPL", 2500, 1)]);
  expect(changed.map(({ price }) => price?.sinceFirstCents)).toStrictEqual([100]);
});

test("a new socket that repeats what is shown keeps the direction of the last change, and the version counts", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  board.apply([quote("AAPL", 2500, 8)]);
  board.resetVersions();
  expect(board.apply([quote("AAPL", 2500, 8)])).toStrictEqual([]);
  expect(board.apply([quote("AAPL", 2400, 7)])).toStrictEqual([]);
});

/** The row of AAPL when it has just come to show its first price, the given one. */
const firstRow = (priceCents: number, version: number) => {
  const { at } = quote("AAPL", priceCents, version);
  return { ticker: "AAPL", price: { cents: priceCents, at, sinceFirstCents: 0 } };
};

test("tells which rows are removed, and keeps the others as they are", () => {
  const board = boardWith("AAPL", "GOOG");
  board.apply([quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1)]);
  expect(board.setTickers(tickers("GOOG", "MSFT"))).toStrictEqual({ priced: [], removed: ["AAPL"] });
  const changed = board.apply([quote("AAPL", 2500, 2), quote("GOOG", 31_400, 2)]);
  expect(changed.map(({ ticker, price }) => [ticker, price?.changeCents])).toStrictEqual([["GOOG", 100]]);
});

test("a quote that comes before its row is shown when the row is there", () => {
  const board = boardWith();
  expect(board.apply([quote("AAPL", 2500, 8)])).toStrictEqual([]);
  expect(board.setTickers(tickers("AAPL"))).toStrictEqual({ priced: [firstRow(2500, 8)], removed: [] });
  expect(board.apply([quote("AAPL", 2400, 7)])).toStrictEqual([]);
});

test("a row that comes back starts anew, with the newest price that came before, while it was removed, or late", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2300, 6)]);
  board.setTickers([]);
  board.apply([quote("AAPL", 2500, 8)]);
  board.apply([quote("AAPL", 2400, 7)]);
  expect(board.setTickers(tickers("AAPL")).priced).toStrictEqual([firstRow(2500, 8)]);
});

test("a new socket knows nothing of quotes without a row", () => {
  const board = boardWith();
  board.apply([quote("AAPL", 2500, 8)]);
  board.resetVersions();
  expect(board.setTickers(tickers("AAPL")).priced).toStrictEqual([]);
});

test("of tickers without a row it keeps as many as a connection can watch, the newest, and all that have one", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  for (let i = 0; i < 2500; i += 1) board.apply([quote(`T${i}`, 100, 1)]);
  expect(board.apply([quote("AAPL", 2300, 6)])).toStrictEqual([]);
  const { priced } = board.setTickers(tickers("AAPL", "T0", "T1", "T2499"));
  expect(priced.map(({ ticker }) => ticker)).toStrictEqual(["T1", "T2499"]);
});

test("a ticker without a row that was quoted again counts among the newest", () => {
  const board = boardWith();
  for (let i = 0; i < 2500; i += 1) board.apply([quote(`T${i}`, 100, 1)]);
  board.apply([quote("T0", 200, 2), quote("T2500", 100, 1)]);
  const { priced } = board.setTickers(tickers("T0", "T1", "T2500"));
  expect(priced.map(({ ticker }) => ticker)).toStrictEqual(["T0", "T2500"]);
});
