/** Does not prove that the browser's address changes: page.browser.test.ts does. */
import { describe, expect, test } from "vitest";
import type { Ticker } from "../../lambdas/quote.ts";
import {
  explainRefusal,
  explainTooMany,
  parseTickers,
  readTickers,
  withTickers,
} from "../../page/ticker-list.ts";

describe("parseTickers", () => {
  test.each([
    ["AAPL", ["AAPL"], []],
    [" aapl ", ["AAPL"], []],
    ["AAPL, goog;", ["AAPL"], ["goog;"]],
    ["brk.b,^GSPC eurusd=x\tBTC-USD", ["BRK.B", "^GSPC", "EURUSD=X", "BTC-USD"], []],
    ["AAPL,,aapl AAPL", ["AAPL"], []],
    [" , ", [], []],
    ["A$ ABCDEFGHIJKLMNOPQ", [], ["A$", "ABCDEFGHIJKLMNOPQ"]],
  ])("finds in %j the tickers %j and refuses %j", (text, tickers, refused) => {
    expect(parseTickers(text)).toStrictEqual({ tickers, refused });
  });
});

describe("the sentences", () => {
  test("say what was expected and what came", () => {
    expect(explainRefusal(["A$", "x".repeat(50)])).toBe(
      `Expected a ticker to be 1 to 16 of A–Z 0–9 . - ^ =, got “A$”, “${"x".repeat(40)}…”.`,
    );
    expect(explainTooMany(501)).toBe(
      "Expected at most 500 tickers on one page, got 501. Drop some, or open another tab.",
    );
  });
});

describe("the address", () => {
  const tickers = ["AAPL", "^GSPC", "EURUSD=X"] as Ticker[];

  test("lists the tickers legibly and leaves the rest of the query alone", () => {
    const address = new URL("https://page.example/?theme=dark&tickers=OLD#top");
    expect(withTickers(address, tickers).href).toBe(
      "https://page.example/?theme=dark&tickers=AAPL,%5EGSPC,EURUSD%3DX#top",
    );
  });

  test("lists nothing when there are no tickers", () => {
    expect(withTickers(new URL("https://page.example/?tickers=OLD"), []).href).toBe("https://page.example/");
  });

  test("gives back the tickers that it lists", () => {
    const address = withTickers(new URL("https://page.example/"), tickers);
    expect(readTickers(address)).toStrictEqual({ tickers, refused: [] });
  });

  test("has no list, or an empty one", () => {
    expect(readTickers(new URL("https://page.example/?theme=dark"))).toBeUndefined();
    expect(readTickers(new URL("https://page.example/?tickers="))).toStrictEqual({
      tickers: [],
      refused: [],
    });
  });

  test("may be written by hand: lower case, spaces, the parameter twice", () => {
    const address = new URL("https://page.example/?tickers=aapl,+goog&tickers=x%24");
    expect(readTickers(address)).toStrictEqual({ tickers: ["AAPL", "GOOG"], refused: ["x$"] });
  });
});
