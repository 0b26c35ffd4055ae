import { expect, test } from "vitest";
import {
  basketVertexId,
  connectionVertexId,
  edgeId,
  endsOf,
  nodeOf,
  tickerVertexId,
  userVertexId,
} from "../../../lambdas/subscriptions/graph-ids.ts";
import { ticker } from "../ports.ts";

const CONNECTION = connectionVertexId("a1:b/+2=");
const USER = userVertexId("user.003_A-b");
const BASKET = basketVertexId("FAANG");
const TICKER = tickerVertexId(ticker("EURUSD=X"));

test("an id is a kind and a name, that of an edge both of its ends", () => {
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
])("the edge from %s to %s tells both of its ends", (from, to, fromNode, toNode) => {
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
  `user:${"x".repeat(65)}|ticker:A`,
  "person:a|ticker:A",
  "connection:a|ticker:A|ticker:B",
])("%j is not the id of an edge", (id) => {
  expect(endsOf(id)).toBeUndefined();
});

test.each(["", ":", "ticker", "ticker:", "ticker:aapl", "ticker:A B", "Ticker:A", "basket:a/b", "user:é"])(
  "%j is not the id of a vertex",
  (id) => {
    expect(nodeOf(id)).toBeUndefined();
  },
);

test("the case of a user and of a basket matters", () => {
  expect([nodeOf("user:Ann"), nodeOf("basket:faang")]).toEqual([
    { kind: "user", id: "Ann" },
    { kind: "basket", name: "faang" },
  ]);
});
