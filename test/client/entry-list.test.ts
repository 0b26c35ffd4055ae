/** Does not prove what becomes of the words that are left over: list.browser.test.ts does. */
import { describe, expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { explainInvalid, explainTooMany, parseEntries } from "#client/entry-list.ts";
import { TICKER_FORMAT } from "#protocol/quote.ts";

test.each([
  ["AAPL", ["AAPL"], []],
  [" aapl ", ["AAPL"], []],
  ["brk.b,^GSPC eurusd=x\tBTC-USD", ["BRK.B", "^GSPC", "EURUSD=X", "BTC-USD"], []],
  ["AAPL,,aapl AAPL", ["AAPL"], []],
  [" , ", [], []],
  ["A$ ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456", [], ["A$", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456"]],
  ["@FAANG,aapl,@faang @FAANG", ["@FAANG", "AAPL", "@faang"], []],
  [`@ @@a @a$ @${"x".repeat(65)}`, [], ["@", "@@a", "@a$", `@${"x".repeat(65)}`]],
])("finds in %j the entries %j and refuses %j", (text, entries, invalid) => {
  expect(parseEntries(text)).toStrictEqual({ entries, invalid });
});

test.each([
  ",",
  ";",
  "，",
  "、",
  "；",
  "､",
  ", ",
  "\n",
  "\r\n",
  "\t",
  "\u00a0",
  "\u0085",
  "\u1680",
  "\u2003",
  "\u2009",
  "\u2028",
  "\u202f",
  "\u205f",
  "\u3000",
  "\u200b",
])("separates words at %j", (separator) => {
  expect(parseEntries(`AAPL${separator}GOOG`)).toStrictEqual({ entries: ["AAPL", "GOOG"], invalid: [] });
});

test.each([
  ["$AAPL", "AAPL"],
  ["＄ＡＡＰＬ", "AAPL"],
  ['"AAPL"', "AAPL"],
  ["'$AAPL'", "AAPL"],
  ['$"AAPL"', "AAPL"],
  ["“AAPL”", "AAPL"],
  ["„AAPL“", "AAPL"],
  ["‘AAPL’", "AAPL"],
  ["«AAPL»", "AAPL"],
  ["「AAPL」", "AAPL"],
  ["`AAPL´", "AAPL"],
  ["＂AAPL＂", "AAPL"],
  ["ａａｐｌ", "AAPL"],
  ["ＢＲＫ．Ｂ", "BRK.B"],
  ["\ufeffAAPL", "AAPL"],
  ["\u200eAAPL\u200f", "AAPL"],
  ["AA\u00adPL", "AAPL"],
  ["“@Banks”", "@Banks"],
  ["＠Ｂａｎｋｓ", "@Banks"],
])("reads %j as %j", (text, entry) => {
  expect(parseEntries(text)).toStrictEqual({ entries: [entry], invalid: [] });
});

test.each([
  "AAPL™",
  "AAPL…",
  "AAPL²",
  "ªAAPL",
  "Kelvin\u212a",
  "½",
  "$",
  '""',
  "$$AAPL",
  "AAPL$",
  "ß",
  "ÄÖ",
  "AÄ",
])("refuses %j instead of reading it as other letters", (text) => {
  expect(parseEntries(text)).toStrictEqual({ entries: [], invalid: [text] });
});

test("explains what was expected and names each bad word", () => {
  expect(explainInvalid([])).toBe("");
  expect(explainInvalid(["A$", "x".repeat(50)])).toBe(
    `Expected a ticker to be ${TICKER_FORMAT}, got “A$”, “${"x".repeat(40)}…”.`,
  );
  expect(explainInvalid(["@a$", "A$"])).toBe(
    `Expected a ticker to be ${TICKER_FORMAT}, got “A$”. ` +
      "Expected a basket to be @ and 1 to 64 of A–Z a–z 0–9 . _ -, got “@a$”.",
  );
});

test("names 20 bad words and counts the others", () => {
  const words = Array.from({ length: 22 }, (_, i) => `${i}$`);
  expect(explainInvalid(words)).toMatch(/“18\$”, “19\$” and 2 more\.$/);
});

describe("a list", () => {
  const listOf = (tickers: number, baskets: number) =>
    new Set([
      ...Array.from({ length: tickers }, (_, i) => `T${i}` as Entry),
      ...Array.from({ length: baskets }, (_, i): Entry => `@B${i}`),
    ]);

  test.each([
    [500, 0],
    [480, 20],
    [0, 0],
  ])("of %d tickers and %d baskets fits", (tickers, baskets) => {
    expect(explainTooMany(listOf(tickers, baskets))).toBeUndefined();
  });

  test.each([
    [501, 0, "Expected at most 500 tickers and baskets in a list, got 501. Drop some first."],
    [481, 20, "Expected at most 500 tickers and baskets in a list, got 501. Drop some first."],
    [0, 21, "Expected at most 20 baskets in a list, got 21. Drop some first."],
  ])("of %d tickers and %d baskets is too long", (tickers, baskets, sentence) => {
    expect(explainTooMany(listOf(tickers, baskets))).toBe(sentence);
  });
});
