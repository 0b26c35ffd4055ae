import { expect, test } from "vitest";
import { parseOperation } from "../../../lambdas/operate/operation.ts";

/* What an event asks for. Who may ask is a matter of IAM. */
const basket = (name: unknown, tickers: unknown) => ({ operation: "basket", name, tickers });
const names = (count: number) => Array.from({ length: count }, (_, n) => `T${n}`);

test("a basket is said by its name and its tickers, each once", () => {
  expect(parseOperation(basket("FAANG", ["aapl", " META ", "AAPL"]))).toEqual({
    ok: true,
    operation: { operation: "basket", name: "FAANG", tickers: ["AAPL", "META"] },
  });
});

test.each([0, 100])("a basket may include %i tickers", (count) => {
  expect(parseOperation(basket("x", names(count)))).toEqual({
    ok: true,
    operation: { operation: "basket", name: "x", tickers: names(count) },
  });
});

test("of the tickers those that come twice count once", () => {
  expect(parseOperation(basket("x", [...names(100), ...names(100)]))).toMatchObject({ ok: true });
});

const SHAPE = 'Expected {"operation":"basket","name":"FAANG","tickers":["AAPL","META"]}.';

test.each([
  [undefined, SHAPE],
  [null, SHAPE],
  ["basket", SHAPE],
  [{}, SHAPE],
  [{ ...basket("x", []), operation: "drop" }, SHAPE],
  [basket(7, []), SHAPE],
  [basket("x", "AAPL"), SHAPE],
  [basket("x", [7]), SHAPE],
  [basket("", []), 'Expected `name` to be 1 to 64 of A-Z a-z 0-9 . _ -, got "".'],
  [basket("a b", []), 'Expected `name` to be 1 to 64 of A-Z a-z 0-9 . _ -, got "a b".'],
  [basket("x", ["AAPL", "A B"]), 'Expected each of `tickers` to be 1 to 16 of A-Z 0-9 . - ^ =, got "A B".'],
  [basket("x", names(101)), "Expected at most 100 `tickers`, got 101."],
])("%j is refused", (event, problem) => {
  expect(parseOperation(event)).toEqual({ ok: false, problem });
});
