import { expect, test } from "vitest";
import { basketEntry } from "#client/entry.ts";
import { WatchList } from "#client/watch-list.ts";
import { LiveQuotes, MAX_LAST_PRICES } from "#operator/live-quotes.ts";
import { formatLiveTable, formatQuoteLine } from "#operator/live-table.ts";
import type { WireQuote } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";

const at = "2026-11-21T01:02:03.456Z";
const quote = (ticker: string, price: number, version: number): WireQuote => ({ ticker, price, version, at });
const message = (...quotes: WireQuote[]) => ({ action: "quotes", "connection-id": "a=", quotes }) as const;

const paint = (_style: unknown, text: string) => text;

function watching(...tickers: string[]) {
  const list = new WatchList();
  list.add(tickers as Ticker[]);
  return { list, quotes: new LiveQuotes(list) };
}

test("take ignores a quote whose version is not newer", () => {
  const { quotes } = watching("AAPL");
  expect(quotes.take(message(quote("AAPL", 2400, 7))).length).toBe(1);
  expect(quotes.take(message(quote("AAPL", 2300, 6), quote("AAPL", 2400, 7)))).toEqual([]);
  expect(quotes.take(message(quote("AAPL", 2500, 8)))[0]).toMatchObject({ lastCents: [2400, 2500] });
});

test("take accepts any version after forgetVersions", () => {
  const { quotes } = watching("AAPL");
  quotes.take(message(quote("AAPL", 2400, 7)));
  quotes.forgetVersions();
  expect(quotes.take(message(quote("AAPL", 2300, 1))).length).toBe(1);
});

test("holdings contain the watched tickers and the versions received on the open socket", () => {
  const { quotes } = watching("AAPL", "GOOG");
  quotes.take(message(quote("AAPL", 2400, 7)));
  const held = { tickers: ["AAPL", "GOOG"], baskets: new Map() };
  expect(quotes.holdings).toEqual({ ...held, quotes: new Map([["AAPL", 7]]) });
  quotes.forgetVersions();
  expect(quotes.holdings).toEqual({ ...held, quotes: new Map() });
});

test("keeps the last prices up to the limit", () => {
  const { quotes } = watching("AAPL");
  for (let version = 1; version <= 100; version += 1) quotes.take(message(quote("AAPL", version, version)));
  const last = quotes.rows[0]?.lastCents ?? [];
  expect([last.length, last.at(0), last.at(-1)]).toEqual([MAX_LAST_PRICES, 101 - MAX_LAST_PRICES, 100]);
});

test("rows follow the tickers of a basket", () => {
  const { list, quotes } = watching("T");
  list.add([basketEntry("FAANG")]);
  const basket = (version: number, ...tickers: string[]) =>
    quotes.take({ ...message(quote("META", 100, 1)), baskets: [{ name: "FAANG", version, tickers }] });
  basket(1, "AAPL", "META");
  expect(quotes.rows.map(({ ticker }) => ticker)).toEqual(["T", "AAPL", "META"]);
  basket(2, "AAPL");
  expect(quotes.rows.map(({ ticker }) => ticker)).toEqual(["T", "AAPL"]);
});

test("formatLiveTable has a row for each ticker, with or without a price", () => {
  const { quotes } = watching("AAPL", "T");
  quotes.take(message(quote("AAPL", 2400, 1)));
  quotes.take(message(quote("AAPL", 2350, 2)));
  const lines = formatLiveTable(quotes.rows, 10, paint, new Date("2026-11-29T00:00:00Z"));
  expect(lines.map((line) => line.replace(/\d{4}-.*/, "(time)"))).toEqual([
    "TICKER   PRICE   CHANGE  LAST PRICES  TIME",
    "AAPL    $23.50  ▼ −0.50  █▁           (time)",
    "T            –",
  ]);
});

test("formatLiveTable counts the rows that do not fit", () => {
  const { quotes } = watching("A", "B", "C");
  expect(formatLiveTable(quotes.rows, 2, paint).slice(1)).toEqual(["A           –", "… and 2 more"]);
  expect(formatLiveTable(quotes.rows, 3, paint).length).toBe(4);
});

test("formatQuoteLine contains time, ticker, price and change", () => {
  const { quotes } = watching("AAPL");
  const [row] = quotes.take(message(quote("AAPL", 2400, 1)));
  expect(row && formatQuoteLine(row, new Date(at)).replace(/^\d\d:\d\d:\d\d/, "(time)")).toBe(
    "(time)  AAPL            $24.00  –",
  );
});
