import { describe, expect, test } from "vitest";
import { MAX_AHEAD_MS, parseForm as parseFormAt } from "#lambdas/publish/form.ts";

const ARRIVAL_MS = Date.UTC(2026, 10, 21, 1, 2, 3, 456);
const parseForm = (body: string) => parseFormAt(body, ARRIVAL_MS);

const pairs = (count: number) => Array.from({ length: count }, (_, n) => `ticker=T${n}&price=${n}`).join("&");
const ids = (count: number) => Array.from({ length: count }, (_, n) => `connId=c${n}`).join("&");

describe("parseForm with a valid form", () => {
  test("returns tickers and prices in pairs", () => {
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

  test("pairs tickers and prices when all tickers precede all prices", () => {
    expect(parseForm("ticker=a&ticker=b&price=1&price=2")).toMatchObject({
      form: {
        prices: [
          { ticker: "A", priceCents: 1 },
          { ticker: "B", priceCents: 2 },
        ],
      },
    });
  });

  test("returns the last price of a repeated ticker", () => {
    expect(parseForm("ticker=AAPL&price=1&ticker=GOOG&price=2&ticker=aapl&price=3")).toMatchObject({
      form: {
        prices: [
          { ticker: "AAPL", priceCents: 3 },
          { ticker: "GOOG", priceCents: 2 },
        ],
      },
    });
  });

  test("returns connection ids without duplicates", () => {
    expect(parseForm("connId=a%3D&ticker=A&price=1&connId=b=&connId=a=")).toMatchObject({
      form: { connectionIds: ["a=", "b="] },
    });
  });

  test("accepts 100 quotes and 100 connections", () => {
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
  ["ticker=%E2%80%AEM%C3%A4rkte&price=1", "bad ticker: ?Märkte"],
  ["ticker=A&price=%F0%9F%98%80", "not a number: 😀"],
  [`ticker=${"x".repeat(39)}%F0%9F%98%80&price=1`, `bad ticker: ${"x".repeat(39)}…`],
  [`ticker=${"x".repeat(50)}&price=1`, `bad ticker: ${"x".repeat(40)}…`],
  [pairs(101), "too many quotes: 101, at most 100"],
  [`${pairs(1)}&${ids(101)}`, "too many connections: 101, at most 100"],
])("parseForm rejects %j: %s", (body, problem) => {
  expect(parseForm(body)).toEqual({ ok: false, problem });
});

const FIELDS = "expected ticker, price, connId, time";
const ENCODE = "encode & as %26, with curl use --data-urlencode";

test.each([
  ["ticker=M&M.NS&price=312500", `unknown field: M.NS (${FIELDS}; ${ENCODE})`],
  ["ticker=A&price=1&Price=2", `unknown field: Price (${FIELDS}; ${ENCODE})`],
  ["ticker=A&price=1&message=x", `unknown field: message (${FIELDS}; ${ENCODE})`],
  ["ticker=A&price=1&__proto__=x", `unknown field: __proto__ (${FIELDS}; ${ENCODE})`],
  ["ticker=A&price=1&toString=x", `unknown field: toString (${FIELDS}; ${ENCODE})`],
  ["ticker=A&price=1&=x", `unknown field:  (${FIELDS}; ${ENCODE})`],
  ["ticker=A&price=1&%1B%C3%A4", `unknown field: ?ä (${FIELDS}; ${ENCODE})`],
  [`${"x".repeat(50)}=1`, `unknown field: ${"x".repeat(40)}… (${FIELDS}; ${ENCODE})`],
  ["ticker[]=A&price[]=1", `unknown field: ticker[] (${FIELDS}; repeat the name without brackets)`],
  ["ticker%5B0%5D=A", `unknown field: ticker[0] (${FIELDS}; repeat the name without brackets)`],
  [
    "\uFEFFticker=A&price=1",
    `unknown field: ?ticker (${FIELDS}; remove the byte order mark before the name)`,
  ],
  ["%EF%BB%BFticker=A", `unknown field: ?ticker (${FIELDS}; remove the byte order mark before the name)`],
  ["'ticker=A'&'price=1'", `unknown field: 'ticker (${FIELDS}; remove the quotes)`],
  ['"ticker"=A', `unknown field: "ticker" (${FIELDS}; remove the quotes)`],
])("parseForm rejects the unknown field in %j: %s", (body, problem) => {
  expect(parseForm(body)).toEqual({ ok: false, problem });
});

const WHOLE_CENTS = " (expected whole cents, for example 2400)";
const WITHOUT_QUOTES = " (send it without quotes)";

test.each([
  ["24.00", WHOLE_CENTS],
  ["-24.5", WHOLE_CENTS],
  [".5", WHOLE_CENTS],
  ["24.", WHOLE_CENTS],
  ["1e3", WHOLE_CENTS],
  ["1E+3", WHOLE_CENTS],
  ["+5", WHOLE_CENTS],
  [" 24.00", WHOLE_CENTS],
  [" 24", " (send it without white space)"],
  ["24 ", " (send it without white space)"],
  ["1234567890123456", " (expected at most 15 digits)"],
  ['"2400"', WITHOUT_QUOTES],
  ["'2400'", WITHOUT_QUOTES],
  ["2400'", WITHOUT_QUOTES],
  ["“2400”", WITHOUT_QUOTES],
  ["12.5x", ""],
  ["", ""],
  ["$24", ""],
  ["1,000", ""],
  ["24,00", ""],
  ["0x10", ""],
  ["NaN", ""],
  ["Infinity", ""],
  ["--5", ""],
  ["1e", ""],
  ["２４", ""],
  ["½", ""],
])("parseForm rejects the price %j with the unchanged text and the advice %j", (price, advice) => {
  const body = new URLSearchParams({ ticker: "A", price }).toString();
  expect(parseForm(body)).toEqual({ ok: false, problem: `not a number: ${price}${advice}` });
});

test("parseForm rejects a price after a byte order mark and names the mark", () => {
  expect(parseForm("ticker=A&price=%EF%BB%BF2400")).toEqual({
    ok: false,
    problem: "not a number: ?2400 (remove the byte order mark, U+FEFF, before it)",
  });
});

test.each([
  ['"AAPL"', 'bad ticker: "AAPL" (send it without quotes)'],
  ["AAPL'", "bad ticker: AAPL' (send it without quotes)"],
  ["\uFEFFAAPL", "bad ticker: ?AAPL (remove the byte order mark, U+FEFF, before it)"],
  ["=A B", "bad ticker: =A B (expected one = after the field name)"],
])("parseForm rejects the ticker %j with advice", (ticker, problem) => {
  const body = new URLSearchParams({ ticker, price: "1" }).toString();
  expect(parseForm(body)).toEqual({ ok: false, problem });
});

test.each([
  ["0", 0],
  ["007", 7],
  // In seconds: a valid time in January 1970.
  ["1780000000", 1_780_000_000],
  [String(ARRIVAL_MS), ARRIVAL_MS],
  [String(ARRIVAL_MS + MAX_AHEAD_MS), ARRIVAL_MS + MAX_AHEAD_MS],
])("parseForm reads the time %s in milliseconds", (time, timeMs) => {
  expect(parseForm(`ticker=A&price=1&time=${time}`)).toMatchObject({ ok: true, form: { timeMs } });
});

test("parseForm returns no time for a form without one", () => {
  const parsed = parseForm("ticker=A&price=1");
  expect(parsed.ok && parsed.form).not.toHaveProperty("timeMs");
});

const MILLISECONDS = `(expected whole milliseconds since 1970, for example ${ARRIVAL_MS})`;
const ahead = (time: number | string) =>
  `time too far ahead: ${time} (expected milliseconds since 1970, at most 5000 after the arrival at ${ARRIVAL_MS})`;

test.each([
  ["time=", `not a time:  ${MILLISECONDS}`],
  ["time=-1", `not a time: -1 ${MILLISECONDS}`],
  ["time=1.5", `not a time: 1.5 ${MILLISECONDS}`],
  ["time=1e3", `not a time: 1e3 ${MILLISECONDS}`],
  ["time=+1", `not a time:  1 ${MILLISECONDS}`],
  ["time=2026-11-21T01:02:03Z", `not a time: 2026-11-21T01:02:03Z ${MILLISECONDS}`],
  [`time=${"9".repeat(21)}`, `not a time: ${"9".repeat(21)} ${MILLISECONDS}`],
  [`time=${ARRIVAL_MS + MAX_AHEAD_MS + 1}`, ahead(ARRIVAL_MS + MAX_AHEAD_MS + 1)],
  [`time=${ARRIVAL_MS}000`, ahead(`${ARRIVAL_MS}000`)],
  [`time=${"9".repeat(20)}`, ahead("9".repeat(20))],
  ["time=1&time=1", "too many times: 2, at most 1"],
])("parseForm rejects %s", (field, problem) => {
  expect(parseForm(`ticker=A&price=1&${field}`)).toEqual({ ok: false, problem });
});

test.each([
  "ticker=M%E4rkte&price=1",
  "ticker=A&price=1&connId=%FF",
  "ticker=A&price=%C3",
  "ticker=A&price=1&%E4=1",
  "ticker=%C3&price=%A4",
  // Overlong, a surrogate, and beyond Unicode.
  "ticker=%C0%AF&price=1",
  "ticker=%ED%A0%80&price=1",
  "ticker=%F4%90%80%80&price=1",
])("parseForm rejects %s as not UTF-8", (body) => {
  expect(parseForm(body)).toEqual({ ok: false, problem: expect.stringMatching(/^not UTF-8: [ -~ä]+$/) });
});

test.each([
  ["ticker=%41%41PL&price=%32", "AAPL", 2],
  ["&&ticker=A&&price=2&", "A", 2],
  ["ticker=EURUSD=X&price=2", "EURUSD=X", 2],
])("parseForm accepts %s", (body, ticker, priceCents) => {
  expect(parseForm(body)).toMatchObject({ ok: true, form: { prices: [{ ticker, priceCents }] } });
});

test.each([
  ["ticker=%zz&price=1", "bad ticker: %zz"],
  ["ticker=%&price=1", "bad ticker: %"],
  ["ticker=%4&price=1", "bad ticker: %4"],
  ["ticker=😀%%0A&price=1", "bad ticker: 😀%?"],
])("parseForm keeps a percent sign without two hex digits: %s", (body, problem) => {
  expect(parseForm(body)).toEqual({ ok: false, problem });
});

test.each(["1", "[", '"', " ", "%", "%zz", "&", "="])("parseForm rejects 5 MB of %j in seconds", (text) => {
  const long = text.repeat(5_000_000 / text.length);
  for (const body of [`ticker=A&price=${long}!x`, `ticker=${long}!x&price=1`, `${long}!x=1`]) {
    const parsed = parseForm(body);
    expect(!parsed.ok && parsed.problem.length).toBeLessThan(200);
  }
});
