/** Does not prove what becomes of the words that are left over: list.browser.test.ts does. */
import { describe, expect, test } from "vitest";
import type { Entry } from "../../page/entry.ts";
import { explainRefusal, explainTooMany, parseEntries } from "../../page/entry-list.ts";

test.each([
  ["AAPL", ["AAPL"], []],
  [" aapl ", ["AAPL"], []],
  ["AAPL, goog;", ["AAPL"], ["goog;"]],
  ["brk.b,^GSPC eurusd=x\tBTC-USD", ["BRK.B", "^GSPC", "EURUSD=X", "BTC-USD"], []],
  ["AAPL,,aapl AAPL", ["AAPL"], []],
  [" , ", [], []],
  [`A$ ${"T".repeat(33)}`, [], ["A$", "T".repeat(33)]],
  ["@FAANG,aapl,@faang @FAANG", ["@FAANG", "AAPL", "@faang"], []],
  [`@ @@a @a$ @${"x".repeat(65)}`, [], ["@", "@@a", "@a$", `@${"x".repeat(65)}`]],
])("finds in %j the entries %j and refuses %j", (text, entries, refused) => {
  expect(parseEntries(text)).toStrictEqual({ entries, refused });
});

test("the sentences say what was expected and what came", () => {
  expect(explainRefusal([])).toBe("");
  expect(explainRefusal(["A$", "x".repeat(50)])).toBe(
    `Expected a ticker to be 1 to 32 of A-Z 0-9 . - ^ = _ / : &, starting with a letter, digit, ^ or ., got “A$”, “${"x".repeat(40)}…”.`,
  );
  expect(explainRefusal(["@a$", "A$"])).toBe(
    "Expected a ticker to be 1 to 32 of A-Z 0-9 . - ^ = _ / : &, starting with a letter, digit, ^ or ., got “A$”. " +
      "Expected a basket to be @ and 1 to 64 of A–Z a–z 0–9 . _ -, got “@a$”.",
  );
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
