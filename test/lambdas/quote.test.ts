import { expect, test } from "vitest";
import { parsePriceCents, parseTicker } from "../../lambdas/quote.ts";

test.each([
  ["AAPL", "AAPL"],
  [" aapl ", "AAPL"],
  ["brk.b", "BRK.B"],
  ["^gspc", "^GSPC"],
  ["EURUSD=X", "EURUSD=X"],
  ["BTC-USD", "BTC-USD"],
  ["A".repeat(16), "A".repeat(16)],
])("%j names the ticker %s", (text, ticker) => {
  expect(parseTicker(text)).toBe(ticker);
});

test.each(["", " ", "A".repeat(17), "A B", "A|B", "A:B", "ÄPL", "ß", "ſ", "ﬀ", "AAPL\n<", "A\u0000"])(
  "%j names no ticker",
  (text) => {
    expect(parseTicker(text)).toBeUndefined();
  },
);

test.each([
  ["2400", 2400],
  ["0", 0],
  ["-0", 0],
  ["-5", -5],
  ["007", 7],
  ["999999999999999", 999_999_999_999_999],
  ["-999999999999999", -999_999_999_999_999],
])("%j is a price of %d cents", (text, priceCents) => {
  expect(parsePriceCents(text)).toBe(priceCents);
});

test.each(["", " 1", "1 ", "+1", "12.5", "12.5x", "1e3", "0x10", "--1", "-", "1000000000000000", "NaN", "١"])(
  "%j is no price",
  (text) => {
    expect(parsePriceCents(text)).toBeUndefined();
  },
);
