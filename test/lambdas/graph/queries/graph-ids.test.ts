import { expect, test } from "vitest";
import {
  basketVertexId,
  connectionVertexId,
  edgeId,
  endsOf,
  nodeOf,
  tickerVertexId,
  userVertexId,
} from "#lambdas/graph/queries/graph-ids.ts";
import { TICKERS, USER_IDS } from "#support/identities.ts";
import { ticker } from "#support/ports.ts";

const CONNECTION = connectionVertexId("a1:b/+2=");
const USER = userVertexId("user.003_A-b");
const BASKET = basketVertexId("FAANG");
const TICKER = tickerVertexId(ticker("EURUSD=X"));

test("a vertex id is a kind and a name, and an edge id is both vertex ids", () => {
  expect([CONNECTION, USER, BASKET, TICKER, edgeId(CONNECTION, TICKER)]).toEqual([
    "connection:a1:b/+2=",
    "user:user.003_A-b",
    "basket:FAANG",
    "ticker:EURUSD=X",
    "connection:a1:b/+2=|ticker:EURUSD=X",
  ]);
});

const connection = { kind: "connection", id: "a1:b/+2=" };
const user = { kind: "user", id: "user.003_A-b" };
const basket = { kind: "basket", name: "FAANG" };
const aTicker = { kind: "ticker", ticker: "EURUSD=X" };

test.each([
  [CONNECTION, TICKER, connection, aTicker],
  [CONNECTION, BASKET, connection, basket],
  [USER, TICKER, user, aTicker],
  [USER, BASKET, user, basket],
  [USER, CONNECTION, user, connection],
  [BASKET, TICKER, basket, aTicker],
])("endsOf returns both ends of the edge from %s to %s", (from, to, fromNode, toNode) => {
  expect(endsOf(edgeId(from, to))).toEqual([fromNode, toNode]);
});

test.each([
  "",
  "|",
  "connection:a=",
  "connection:a=|ticker:",
  "connection:a=|ticker:aapl",
  "connection:a=|basket:",
  "connection:a=|basket:a b",
  "user:|ticker:A",
  "user:a=|ticker:A",
  `user:${"x".repeat(129)}|ticker:A`,
  "user:auth0|abc|ticker:A",
  "person:a|ticker:A",
  "connection:a|ticker:A|ticker:B",
])("endsOf(%j) returns undefined", (id) => {
  expect(endsOf(id)).toBeUndefined();
});

test.each([
  ...["", ":", "ticker", "ticker:", "ticker:aapl", "ticker:A B", "ticker:--", "Ticker:A", "basket:a/b"],
  // Each would be a second id of a user, or of no valid user.
  ...["user:é", "user:a@b", "user:a%7cb", "user:%61", "user:%", "user:%zz", "user:%20", "user:%C3%A9"],
])("nodeOf(%j) returns undefined", (id) => {
  expect(nodeOf(id)).toBeUndefined();
});

test("the ids of users and baskets are case-sensitive", () => {
  expect([nodeOf("user:Ann"), nodeOf("basket:faang")]).toEqual([
    { kind: "user", id: "Ann" },
    { kind: "basket", name: "faang" },
  ]);
});

test.each([
  ["user.003_A-b", "user:user.003_A-b"],
  ["auth0|abc", "user:auth0%7Cabc"],
  ["auth0%7Cabc", "user:auth0%257Cabc"],
  ["ann@example.com", "user:ann%40example.com"],
])("userVertexId(%s) returns %s", (userId, id) => {
  expect(userVertexId(userId)).toBe(id);
  expect(nodeOf(id)).toEqual({ kind: "user", id: userId });
});

test.each(TICKERS)("endsOf splits an edge id of the ticker %s", (name) => {
  expect(endsOf(edgeId(USER, tickerVertexId(name)))).toEqual([user, { kind: "ticker", ticker: name }]);
});

test("endsOf splits an edge id of each user, and no two users share one", () => {
  const ids = USER_IDS.map((id) => edgeId(userVertexId(id), CONNECTION));
  expect(ids.map(endsOf)).toEqual(USER_IDS.map((id) => [{ kind: "user", id }, connection]));
  expect(new Set(ids).size).toBe(USER_IDS.length);
});
