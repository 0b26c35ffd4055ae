import gremlin from "gremlin";
import { expect, test } from "vitest";
import { readWatched, toRecord } from "#lambdas/graph/queries/read-watched.ts";
import { GraphError } from "#protocol/errors.ts";
import { AT, quote } from "#support/ports.ts";

/* Rows in the form of GraphBinary. That the traversals yield such rows is tested with a real graph in test/contracts. */
const { t } = gremlin.process;

/** A vertex as `elementMap` returns it: id and label under enum values, properties under their names. */
const vertex = (id: string, properties: Readonly<Record<string, unknown>> = {}) =>
  new Map<unknown, unknown>([[t.id, id], [t.label, "any"], ...Object.entries(properties)]);

const priced = (name: string, version = 1) => vertex(`ticker:${name}`, { price: 2400, version, at: AT });

const NOTHING = { tickers: [], baskets: [], quotes: [] };

test("the lists of a connection without watches are empty", () => {
  expect(readWatched([vertex("connection:a=")])).toEqual(NOTHING);
});

test("tickers come from edges and quotes from vertices with a price, both sorted", () => {
  expect(
    readWatched([
      vertex("connection:a="),
      "connection:a=|ticker:C",
      "connection:a=|ticker:A",
      "connection:a=|ticker:B",
      priced("C", 7),
      vertex("ticker:B"),
      priced("A"),
    ]),
  ).toEqual({ tickers: ["A", "B", "C"], baskets: [], quotes: [quote("A"), quote("C", 7)] });
});

test("the version of a user list is 0 before the first change", () => {
  const rows = (properties: object) => [vertex("connection:a="), vertex("user:Ann", { ...properties })];
  expect(readWatched(rows({ version: 3 }))).toEqual({ ...NOTHING, user: { id: "Ann", version: 3 } });
  expect(readWatched(rows({}))).toEqual({ ...NOTHING, user: { id: "Ann", version: 0 } });
});

test("the tickers of a basket are in the basket with quotes, and not in the watched tickers", () => {
  expect(
    readWatched([
      vertex("connection:a="),
      vertex("user:Ann", { version: 1 }),
      vertex("basket:two", { version: 5 }),
      vertex("basket:one", { version: 2 }),
      "user:Ann|basket:two",
      "user:Ann|basket:one",
      "user:Ann|ticker:B",
      "basket:one|ticker:B",
      "basket:one|ticker:A",
      "basket:two|ticker:A",
      priced("B"),
      priced("B"),
      priced("A"),
      priced("A"),
    ]),
  ).toEqual({
    user: { id: "Ann", version: 1 },
    tickers: ["B"],
    baskets: [
      { name: "one", version: 2, tickers: ["A", "B"] },
      { name: "two", version: 5, tickers: ["A"] },
    ],
    quotes: [quote("A"), quote("B")],
  });
});

test("a basket that was never defined is empty with version 0", () => {
  const empty = { ...NOTHING, baskets: [{ name: "later", version: 0, tickers: [] }] };
  expect(readWatched(["connection:a=|basket:later"])).toEqual(empty);
  expect(readWatched([vertex("basket:later")])).toEqual(empty);
});

test("the later row counts when a ticker repeats", () => {
  expect(readWatched([priced("A", 1), priced("A", 2)]).quotes).toEqual([quote("A", 2)]);
});

test("a price of 0 gives a quote, and a price without a time gives none", () => {
  const rows = [
    vertex("ticker:A", { price: 0, version: 1, at: AT }),
    vertex("ticker:B", { price: 1, version: 1 }),
  ];
  expect(readWatched(rows).quotes).toEqual([{ ...quote("A"), priceCents: 0 }]);
});

test.each([
  ["connection:a=|ticker:aapl", 'Expected the id of an edge, got "connection:a=|ticker:aapl".'],
  ["connection:a=", 'Expected the id of an edge, got "connection:a=".'],
  [vertex("person:a"), 'Expected the id of a vertex, got "person:a".'],
  [new Map(), "Expected the id of a vertex, got undefined."],
  [new Map([["id", 7]]), "Expected the id of a vertex, got 7."],
  [7, "Expected a map, got 7."],
  [null, "Expected a map, got null."],
  [{ id: "ticker:A" }, 'Expected a map, got {"id":"ticker:A"}.'],
])("readWatched throws for the row %j", (row, message) => {
  expect(() => readWatched([vertex("connection:a="), row])).toThrow(
    new GraphError("GRAPH_BAD_RESPONSE", message),
  );
});

test("toRecord converts enum keys to their names", () => {
  expect(toRecord(vertex("ticker:A", { price: 1 }))).toEqual({ id: "ticker:A", label: "any", price: 1 });
});
