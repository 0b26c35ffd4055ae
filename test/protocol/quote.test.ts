import { expect, test } from "vitest";
import { parsePriceCents, parseTicker } from "#protocol/quote.ts";
import { TICKERS } from "#support/identities.ts";

test.each<[string, string]>([
  ["AAPL", "AAPL"],
  [" aapl ", "AAPL"],
  ["brk.b", "BRK.B"],
  ["^gspc", "^GSPC"],
  ["EURUSD=X", "EURUSD=X"],
  ["BTC-USD", "BTC-USD"],
  ["btc/usdt", "BTC/USDT"],
  ["A".repeat(32), "A".repeat(32)],
  [`^${"-".repeat(30)}1`, `^${"-".repeat(30)}1`],
  ...TICKERS.map((ticker) => [ticker, ticker] satisfies [string, string]),
])("parseTicker(%j) returns %s", (text, ticker) => {
  expect(parseTicker(text)).toBe(ticker);
});

test.each([
  ...[
    "",
    " ",
    "A".repeat(33),
    "A B",
    "A|B",
    "A%B",
    "A,B",
    "A;B",
    "$A",
    "A+B",
    "A#B",
    "A?B",
    "@A",
    "A'B",
    "A\\B",
  ],
  ...["ÄPL", "ß", "ſ", "ﬀ", "AAPL\n<", "A\u0000", "A\nB"],
  ...["--", "-A", "=AAPL", "_A", "/A", ":A", "&A", "^", ".", "..", "^.", "^=", ".&"],
])("parseTicker(%j) returns undefined", (text) => {
  expect(parseTicker(text)).toBeUndefined();
});

test.each([
  ["2400", 2400],
  ["0", 0],
  ["-0", 0],
  ["-5", -5],
  ["007", 7],
  ["999999999999999", 999_999_999_999_999],
  ["-999999999999999", -999_999_999_999_999],
])("parsePriceCents(%j) returns %d", (text, priceCents) => {
  expect(parsePriceCents(text)).toBe(priceCents);
});

test.each(["", " 1", "1 ", "+1", "12.5", "12.5x", "1e3", "0x10", "--1", "-", "1000000000000000", "NaN", "١"])(
  "parsePriceCents(%j) returns undefined",
  (text) => {
    expect(parsePriceCents(text)).toBeUndefined();
  },
);
