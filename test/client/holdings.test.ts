/** Content of a `sync`. Does not prove how the service answers it: test/lambdas/watch/sync.test.ts does. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Holdings,
  holdingsOf,
  isInRange,
  nextRange,
  syncMessage,
  type TickerRange,
  UnpricedRows,
} from "#client/holdings.ts";
import { WatchList } from "#client/watch-list.ts";
import { MAX_QUOTES_PER_SYNC } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";

const held = (fields: Partial<Holdings>): Holdings => ({
  tickers: [],
  quotes: new Map(),
  baskets: new Map(),
  ...fields,
});
const tickers = (...names: string[]) => names as Ticker[];

function rangesOf(names: readonly string[]): TickerRange[] {
  const ranges = [nextRange(names, undefined)];
  for (let until = ranges[0]?.until; until !== undefined; until = ranges.at(-1)?.until) {
    ranges.push(nextRange(names, until));
  }
  return ranges;
}

test("holdings contain the rows and the versions of the baskets and of the user's list", () => {
  const list = new WatchList("user003");
  const basket = { name: "FAANG", version: 7, tickers: ["META"] };
  expect(holdingsOf(list, new Map())).toStrictEqual(held({}));
  list.apply({
    action: "quotes",
    "connection-id": "a=",
    watching: ["AAPL"],
    baskets: [basket],
    user: { id: "user003", version: 5 },
    quotes: [],
  });
  const quotes = new Map([["AAPL", 3]]);
  expect(holdingsOf(list, quotes)).toStrictEqual({
    tickers: ["AAPL", "META"],
    quotes,
    baskets: new Map([["FAANG", 7]]),
    user: { id: "user003", version: 5 },
  });
  list.resetVersions();
  expect(holdingsOf(list, quotes)).toStrictEqual(held({ tickers: tickers("AAPL", "META"), quotes }));
});

test("holdings omit unlisted baskets, and the user for a client with its own list", () => {
  const list = new WatchList();
  list.add(["@FAANG"]);
  const baskets = ["FAANG", "TECH"].map((name) => ({ name, version: 1, tickers: [] }));
  list.apply({ action: "quotes", "connection-id": "a=", baskets, quotes: [] });
  expect(holdingsOf(list, new Map())).toStrictEqual(held({ baskets: new Map([["FAANG", 1]]) }));
});

test("sync contains versions only for rows with a quote", () => {
  const quotes = new Map([
    ["AAPL", 3],
    ["MSFT", 4],
  ]);
  expect(syncMessage(held({ tickers: tickers("AAPL", "GOOG"), quotes }), {}, "7")).toStrictEqual({
    action: "sync",
    quotes: { AAPL: 3 },
    request: "7",
  });
});

test("sync contains a basket named __proto__", () => {
  const message = syncMessage(held({ baskets: new Map([["__proto__", 1]]) }), {}, "1");
  expect(JSON.stringify(message)).toContain('"baskets":{"__proto__":1}');
});

test("covers up to 500 tickers with one unbounded range", () => {
  const names = Array.from({ length: MAX_QUOTES_PER_SYNC }, (_, i) => `T${i}`);
  expect(rangesOf(names)).toStrictEqual([{}]);
  expect(rangesOf([])).toStrictEqual([{}]);
});

test("covers more than 500 tickers with ranges of 500 in code unit order, the last unbounded", () => {
  const names = Array.from({ length: 1001 }, (_, i) => `T${String(i).padStart(4, "0")}`);
  expect(rangesOf(names)).toStrictEqual([
    { until: "T0499" },
    { after: "T0499", until: "T0999" },
    { after: "T0999" },
  ]);
});

test("covers every possible ticker with exactly one range of at most 500 held tickers", () => {
  const ticker = fc.stringMatching(/^[A-Z0-9.^=_/:&-]{1,4}$/);
  fc.assert(
    fc.property(fc.uniqueArray(ticker, { minLength: 400, maxLength: 1700 }), ticker, (names, other) => {
      const ranges = rangesOf(names);
      expect(ranges.filter((range) => isInRange(other, range)).length).toBe(1);
      for (const range of ranges) {
        expect(names.filter((name) => isInRange(name, range)).length).toBeLessThanOrEqual(
          MAX_QUOTES_PER_SYNC,
        );
      }
    }),
    { numRuns: 30 },
  );
});

test("sync with 500 tickers, 20 baskets and a user of maximum length stays below 32 KiB", () => {
  const version = Date.UTC(2100, 0, 1);
  const long = (prefix: string, length: number, i: number) => `${prefix}${i}`.padEnd(length, "X");
  const names = Array.from({ length: 500 }, (_, i) => long("T", 32, i));
  const baskets = Array.from({ length: 20 }, (_, i) => [long("B", 64, i), version] as const);
  const message = syncMessage(
    {
      tickers: tickers(...names),
      quotes: new Map(names.map((name) => [name, version])),
      baskets: new Map(baskets),
      user: { id: "u".repeat(128), version },
    },
    { after: names[0] ?? "", until: names[1] ?? "" },
    "1000000",
  );
  expect(JSON.stringify(message).length).toBeLessThan(32 * 1024);
});

test("finds a row without a quote until confirmed, and again after it was removed and added", () => {
  const rows = new UnpricedRows();
  const shown = held({ tickers: tickers("AAPL", "GOOG"), quotes: new Map([["AAPL", 1]]) });
  expect(rows.isAnyUnconfirmed(shown)).toBe(true);
  rows.confirm(["GOOG"]);
  expect(rows.isAnyUnconfirmed(shown)).toBe(false);
  expect(rows.isAnyUnconfirmed(held({ tickers: tickers("AAPL"), quotes: shown.quotes }))).toBe(false);
  expect(rows.isAnyUnconfirmed(shown)).toBe(true);
});
