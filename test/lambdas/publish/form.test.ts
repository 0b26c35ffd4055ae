import { describe, expect, test } from "vitest";
import { isForm, parseForm } from "../../../lambdas/publish/form.ts";

const pairs = (count: number) => Array.from({ length: count }, (_, n) => `ticker=T${n}&price=${n}`).join("&");
const ids = (count: number) => Array.from({ length: count }, (_, n) => `connId=c${n}`).join("&");

describe("a form", () => {
  test("gives its tickers and prices in pairs", () => {
    expect(parseForm("ticker=AAPL&price=2400&ticker=GOOG&price=31300")).toEqual({
      ok: true,
      form: {
        prices: [
          { ticker: "AAPL", priceCents: 2400 },
          { ticker: "GOOG", priceCents: 31300 },
        ],
        connectionIds: [],
      },
    });
  });

  test("may have all tickers before all prices", () => {
    expect(parseForm("ticker=a&ticker=b&price=1&price=2")).toMatchObject({
      form: {
        prices: [
          { ticker: "A", priceCents: 1 },
          { ticker: "B", priceCents: 2 },
        ],
      },
    });
  });

  test("that gives a ticker twice means the last price", () => {
    expect(parseForm("ticker=AAPL&price=1&ticker=GOOG&price=2&ticker=aapl&price=3")).toMatchObject({
      form: {
        prices: [
          { ticker: "AAPL", priceCents: 3 },
          { ticker: "GOOG", priceCents: 2 },
        ],
      },
    });
  });

  test("names connections, each once", () => {
    expect(parseForm("connId=a%3D&ticker=A&price=1&connId=b=&connId=a=")).toMatchObject({
      form: { connectionIds: ["a=", "b="] },
    });
  });

  test("may carry 100 quotes and 100 connections", () => {
    const parsed = parseForm(`${pairs(100)}&${ids(100)}`);
    expect(parsed.ok && [parsed.form.prices.length, parsed.form.connectionIds.length]).toEqual([100, 100]);
  });
});

test.each([
  ["", "no quotes"],
  ["connId=a", "no quotes"],
  ["ticker=A&ticker=B&price=1", "mismatched tickers and prices: 2 1"],
  ["price=1", "mismatched tickers and prices: 0 1"],
  ["ticker=A&price=12.5x", "not a number: 12.5x"],
  ["ticker=A&price=", "not a number: "],
  ["ticker=A+B&price=1", "bad ticker: A B"],
  ["ticker=&price=1", "bad ticker: "],
  ["ticker=%0A%1B%5B31m&price=1", "bad ticker: ??[31m"],
  [`ticker=${"x".repeat(50)}&price=1`, `bad ticker: ${"x".repeat(40)}…`],
  [pairs(101), "too many quotes: 101, at most 100"],
  [`${pairs(1)}&${ids(101)}`, "too many connections: 101, at most 100"],
])("%j is refused: %s", (body, problem) => {
  expect(parseForm(body)).toEqual({ ok: false, problem });
});

test.each([
  "application/x-www-form-urlencoded",
  "Application/X-WWW-Form-Urlencoded",
  "application/x-www-form-urlencoded; charset=utf-8",
  "application/x-www-form-urlencoded;charset=utf-8",
])("%s is a form", (contentType) => {
  expect(isForm(contentType)).toBe(true);
});

test.each([undefined, "", "application/json", "multipart/form-data", "application/x-www-form-urlencoded2"])(
  "%s is no form",
  (contentType) => {
    expect(isForm(contentType)).toBe(false);
  },
);
