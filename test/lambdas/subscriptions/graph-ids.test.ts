import { expect, test } from "vitest";
import { parseTicker } from "../../../lambdas/quote.ts";
import { tickerOf, watchingEdgeId, watchOf } from "../../../lambdas/subscriptions/graph-ids.ts";

test("an edge's id tells both of its ends", () => {
  const ticker = parseTicker("EURUSD=X");
  if (!ticker) throw new Error("EURUSD=X is a ticker");
  expect(watchOf(watchingEdgeId("a1:b/+2=", ticker))).toEqual({
    connectionId: "a1:b/+2=",
    ticker: "EURUSD=X",
  });
});

test.each([
  "",
  "connection:a=",
  "connection:a=|ticker:",
  "user:a|ticker:A",
  "connection:a|ticker:A|ticker:B",
  "connection:a|connection:b",
])("%j is not the id of a watching edge", (id) => {
  expect(watchOf(id)).toBeUndefined();
});

test("the id of a connection names no ticker", () => {
  expect(tickerOf("connection:a=")).toBeUndefined();
});
