/** Parsing of typed lists. Does not prove how the page shows invalid items: list.browser.test.ts does. */
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
])("parses %j into the entries %j and the invalid items %j", (text, entries, invalid) => {
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
])("splits items at %j", (separator) => {
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
])("parses %j as %j", (text, entry) => {
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
])("returns %j as invalid instead of normalizing it to other characters", (text) => {
  expect(parseEntries(text)).toStrictEqual({ entries: [], invalid: [text] });
});

test("explains the expected formats and quotes each invalid item", () => {
  expect(explainInvalid([])).toBe("");
  expect(explainInvalid(["A$", "x".repeat(50)])).toBe(
    `Expected a ticker to be ${TICKER_FORMAT}, got “A$”, “${"x".repeat(40)}…”.`,
  );
  expect(explainInvalid(["@a$", "A$"])).toBe(
    `Expected a ticker to be ${TICKER_FORMAT}, got “A$”. ` +
      "Expected a basket to be @ and 1 to 64 of A–Z a–z 0–9 . _ -, got “@a$”.",
  );
});

test("quotes 20 invalid items and counts the others", () => {
  const items = Array.from({ length: 22 }, (_, i) => `${i}$`);
  expect(explainInvalid(items)).toMatch(/“18\$”, “19\$” and 2 more\.$/);
});

describe("explainTooMany", () => {
  const listOf = (tickers: number, baskets: number) =>
    new Set([
      ...Array.from({ length: tickers }, (_, i) => `T${i}` as Entry),
      ...Array.from({ length: baskets }, (_, i): Entry => `@B${i}`),
    ]);

  test.each([
    [500, 0],
    [480, 20],
    [0, 0],
  ])("accepts a list of %d tickers and %d baskets", (tickers, baskets) => {
    expect(explainTooMany(listOf(tickers, baskets))).toBeUndefined();
  });

  test.each([
    [501, 0, "Expected at most 500 tickers and baskets in a list, got 501. Drop some first."],
    [481, 20, "Expected at most 500 tickers and baskets in a list, got 501. Drop some first."],
    [0, 21, "Expected at most 20 baskets in a list, got 21. Drop some first."],
  ])("rejects a list of %d tickers and %d baskets", (tickers, baskets, message) => {
    expect(explainTooMany(listOf(tickers, baskets))).toBe(message);
  });
});
