/** The quote model. Does not prove what the page shows: page.browser.test.ts does. */
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

test("a new row has no price before its first quote", () => {
  expect(new QuoteBoard().setTickers(tickers("AAPL"))).toStrictEqual({ priced: [], removed: [] });
});

test("each price after the first has a change since the previous and since the first price", () => {
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
  ["the same", 7],
  ["an older", 6],
])("a quote with %s version changes nothing", (_, version) => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  expect(board.apply([quote("AAPL", 9900, version)])).toStrictEqual([]);
});

test("a message changes only rows with an older version", () => {
  const board = boardWith("AAPL", "GOOG");
  board.apply([quote("AAPL", 2400, 7), quote("GOOG", 31_300, 1)]);
  const changed = board.apply([quote("AAPL", 2500, 6), quote("GOOG", 31_200, 2), quote("MSFT", 100, 1)]);
  expect(changed.map(({ ticker, price }) => [ticker, price?.changeCents])).toStrictEqual([["GOOG", -100]]);
});

test("a new socket accepts a lower version", () => {
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

test("a new socket that repeats the shown quote keeps the last change and records the version", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  board.apply([quote("AAPL", 2500, 8)]);
  board.resetVersions();
  expect(board.apply([quote("AAPL", 2500, 8)])).toStrictEqual([]);
  expect(board.apply([quote("AAPL", 2400, 7)])).toStrictEqual([]);
});

/** The row of AAPL with this first price. */
const firstRow = (priceCents: number, version: number) => {
  const { at } = quote("AAPL", priceCents, version);
  return { ticker: "AAPL", price: { cents: priceCents, at, sinceFirstCents: 0 } };
};

test("returns the removed tickers and keeps the other rows unchanged", () => {
  const board = boardWith("AAPL", "GOOG");
  board.apply([quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1)]);
  expect(board.setTickers(tickers("GOOG", "MSFT"))).toStrictEqual({ priced: [], removed: ["AAPL"] });
  const changed = board.apply([quote("AAPL", 2500, 2), quote("GOOG", 31_400, 2)]);
  expect(changed.map(({ ticker, price }) => [ticker, price?.changeCents])).toStrictEqual([["GOOG", 100]]);
});

test("a quote that arrives before its row is shown when the row is added", () => {
  const board = boardWith();
  expect(board.apply([quote("AAPL", 2500, 8)])).toStrictEqual([]);
  expect(board.setTickers(tickers("AAPL"))).toStrictEqual({ priced: [firstRow(2500, 8)], removed: [] });
  expect(board.apply([quote("AAPL", 2400, 7)])).toStrictEqual([]);
});

test("a row that is added again has the newest received price and no change", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2300, 6)]);
  board.setTickers([]);
  board.apply([quote("AAPL", 2500, 8)]);
  board.apply([quote("AAPL", 2400, 7)]);
  expect(board.setTickers(tickers("AAPL")).priced).toStrictEqual([firstRow(2500, 8)]);
});

test("a new socket discards quotes without a row", () => {
  const board = boardWith();
  board.apply([quote("AAPL", 2500, 8)]);
  board.resetVersions();
  expect(board.setTickers(tickers("AAPL")).priced).toStrictEqual([]);
});

test("keeps quotes of rows, and the newest others up to the watch limit of a connection", () => {
  const board = boardWith("AAPL");
  board.apply([quote("AAPL", 2400, 7)]);
  for (let i = 0; i < 2500; i += 1) board.apply([quote(`T${i}`, 100, 1)]);
  expect(board.apply([quote("AAPL", 2300, 6)])).toStrictEqual([]);
  const { priced } = board.setTickers(tickers("AAPL", "T0", "T1", "T2499"));
  expect(priced.map(({ ticker }) => ticker)).toStrictEqual(["T1", "T2499"]);
});

test("a repeated quote without a row counts among the newest", () => {
  const board = boardWith();
  for (let i = 0; i < 2500; i += 1) board.apply([quote(`T${i}`, 100, 1)]);
  board.apply([quote("T0", 200, 2), quote("T2500", 100, 1)]);
  const { priced } = board.setTickers(tickers("T0", "T1", "T2500"));
  expect(priced.map(({ ticker }) => ticker)).toStrictEqual(["T0", "T2500"]);
});
