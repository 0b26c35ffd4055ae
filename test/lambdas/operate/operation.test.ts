import { expect, test } from "vitest";
import { parseOperation } from "#lambdas/operate/operation.ts";
import { TICKER_FORMAT } from "#protocol/quote.ts";
import { USER_ID_FORMAT } from "#protocol/user-id.ts";
import { TICKERS, USER_IDS } from "#support/identities.ts";

/* Parsing of operator events. IAM permissions are not tested here. */
const basket = (name: unknown, tickers: unknown) => ({ operation: "basket", name, tickers });
const names = (count: number) => Array.from({ length: count }, (_, n) => `T${n}`);

test("parseOperation returns the tickers of a basket in upper case and without duplicates", () => {
  expect(parseOperation(basket("FAANG", ["aapl", " META ", "AAPL"]))).toEqual({
    ok: true,
    operation: { operation: "basket", name: "FAANG", tickers: ["AAPL", "META"] },
  });
});

test.each([0, 100])("parseOperation accepts a basket of %i tickers", (count) => {
  expect(parseOperation(basket("x", names(count)))).toEqual({
    ok: true,
    operation: { operation: "basket", name: "x", tickers: names(count) },
  });
});

test("parseOperation counts duplicate tickers of a basket once", () => {
  expect(parseOperation(basket("x", [...names(100), ...names(100)]))).toMatchObject({ ok: true });
});

test.each([
  { operation: "basket", name: "FAANG" },
  { operation: "clean" },
  { operation: "connections" },
  { operation: "forget", connectionId: "TkJq1cKoIAMCJ8g=" },
  { operation: "prices" },
  { operation: "prices", userId: "user003" },
  { operation: "user", userId: "user003" },
  { operation: "watchers", ticker: "AAPL" },
])("parseOperation returns %j unchanged", (operation) => {
  expect(parseOperation(operation)).toEqual({ ok: true, operation });
});

test.each(["watch", "unwatch"])(
  "parseOperation accepts tickers, baskets or both for %s, without duplicates",
  (operation) => {
    const parse = (lists: object) => parseOperation({ operation, userId: "u", ...lists });
    const expected = (tickers: readonly string[], baskets: readonly string[]) => ({
      ok: true,
      operation: { operation, userId: "u", tickers, baskets },
    });
    expect(parse({ tickers: ["aapl", "AAPL"] })).toEqual(expected(["AAPL"], []));
    expect(parse({ baskets: ["b", "a", "b"] })).toEqual(expected([], ["b", "a"]));
    expect(parse({ tickers: names(100), baskets: names(20) })).toEqual(expected(names(100), names(20)));
  },
);

test("parseOperation returns the ticker of watchers in upper case", () => {
  expect(parseOperation({ operation: "watchers", ticker: " aapl" })).toEqual({
    ok: true,
    operation: { operation: "watchers", ticker: "AAPL" },
  });
});

const KNOWN =
  "Expected `operation` to be basket, clean, connections, forget, prices, unwatch, user, watch or watchers, got";
const BASKET =
  'Expected {"operation":"basket","name":"FAANG"} or {"operation":"basket","name":"FAANG","tickers":["AAPL"]}.';
const WATCH = 'Expected {"operation":"watch","userId":"user003","tickers":["AAPL"],"baskets":["FAANG"]}.';
const NAME = "1 to 64 of A-Z a-z 0-9 . _ -";
const watch = (fields: object) => ({ operation: "watch", userId: "u", ...fields });

test.each([
  [undefined, `${KNOWN} undefined.`],
  [null, `${KNOWN} null.`],
  ["basket", `${KNOWN} "basket".`],
  [{}, `${KNOWN} {}.`],
  [{ ...basket("x", []), operation: "drop" }, `${KNOWN} "drop".`],
  [{ operation: "toString" }, `${KNOWN} "toString".`],
  [basket(7, []), BASKET],
  [basket("x", "AAPL"), BASKET],
  [basket("x", [7]), BASKET],
  [{ operation: "basket", name: "x", ticker: ["A"] }, BASKET],
  [basket("", []), `Expected \`name\` to be ${NAME}, got "".`],
  [basket("a b", []), `Expected \`name\` to be ${NAME}, got "a b".`],
  [basket("x", ["AAPL", "A B"]), `Expected each of \`tickers\` to be ${TICKER_FORMAT}, got "A B".`],
  [basket("x", names(101)), "Expected at most 100 `tickers`, got 101."],
  [{ operation: "clean", really: true }, 'Expected {"operation":"clean"}.'],
  [{ operation: "connections", user: "u" }, 'Expected {"operation":"connections"}.'],
  [
    { operation: "forget", connectionId: "a b" },
    'Expected `connectionId` to be a connection id, such as TkJq1cKoIAMCJ8g=, got "a b".',
  ],
  [{ operation: "forget" }, 'Expected {"operation":"forget","connectionId":"TkJq1cKoIAMCJ8g="}.'],
  [{ operation: "prices", userId: "a b" }, `Expected \`userId\` to be ${USER_ID_FORMAT}, got "a b".`],
  [watch({ userId: "Zoë", tickers: ["A"] }), `Expected \`userId\` to be ${USER_ID_FORMAT}, got "Zoë".`],
  [
    { operation: "prices", userid: "u" },
    'Expected {"operation":"prices"} or {"operation":"prices","userId":"user003"}.',
  ],
  [{ operation: "user" }, 'Expected {"operation":"user","userId":"user003"}.'],
  [
    { operation: "unwatch", userId: "u" },
    'Expected {"operation":"unwatch","userId":"user003","tickers":["AAPL"],"baskets":["FAANG"]}.',
  ],
  [watch({}), WATCH],
  [watch({ tickers: [], baskets: [] }), WATCH],
  [watch({ userId: undefined, tickers: ["A"] }), WATCH],
  [watch({ tickers: names(101) }), "Expected at most 100 `tickers`, got 101."],
  [watch({ baskets: names(21) }), "Expected at most 20 `baskets`, got 21."],
  [watch({ baskets: ["a|b"] }), `Expected each of \`baskets\` to be ${NAME}, got "a|b".`],
  ["x".repeat(300), `${KNOWN} "${"x".repeat(199)}….`],
  [{ operation: "Märkte 😀\u202e\u009b" }, `${KNOWN} "Märkte 😀??".`],
  [basket("x".repeat(300), []), `Expected \`name\` to be ${NAME}, got "${"x".repeat(199)}….`],
  [{ operation: "watchers", ticker: "" }, `Expected \`ticker\` to be ${TICKER_FORMAT}, got "".`],
  [{ operation: "watchers" }, 'Expected {"operation":"watchers","ticker":"AAPL"}.'],
])("parseOperation rejects %j", (event, problem) => {
  expect(parseOperation(event)).toEqual({ ok: false, problem });
});

test.each(USER_IDS)(
  "parseOperation accepts the user id %s of an issuer in every operation on a user",
  (userId) => {
    for (const operation of ["prices", "user"]) {
      expect(parseOperation({ operation, userId })).toEqual({ ok: true, operation: { operation, userId } });
    }
    expect(parseOperation(watch({ userId, tickers: TICKERS }))).toMatchObject({
      operation: { userId, tickers: TICKERS },
    });
  },
);

test("parseOperation rejects an operation that is nested 100,000 deep", () => {
  const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  const problem = `${KNOWN} a value nested too deeply.`;
  expect(parseOperation(deep)).toEqual({ ok: false, problem });
  expect(parseOperation({ operation: deep })).toEqual({ ok: false, problem });
  expect(parseOperation({ operation: "basket", name: "x", tickers: deep })).toEqual({
    ok: false,
    problem: BASKET,
  });
});
