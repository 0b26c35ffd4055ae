import gremlin from "gremlin";
import { expect, test } from "vitest";
import { readWatched, toRecord } from "#lambdas/graph/queries/read-watched.ts";
import { GraphError } from "#protocol/errors.ts";
import { AT, quote } from "#support/ports.ts";

/*
 * Rows in the form that GraphBinary gives them. Does not prove that the traversals yield such rows: test/contracts asks a
 * real graph.
 */
const { t } = gremlin.process;

/** A vertex as `elementMap` gives it: its id and label under enum values, its properties under their names. */
const vertex = (id: string, properties: Readonly<Record<string, unknown>> = {}) =>
  new Map<unknown, unknown>([[t.id, id], [t.label, "any"], ...Object.entries(properties)]);

const priced = (name: string, version = 1) => vertex(`ticker:${name}`, { price: 2400, version, at: AT });

const NOTHING = { tickers: [], baskets: [], quotes: [] };

test("a connection that watches nothing has empty lists", () => {
  expect(readWatched([vertex("connection:a=")])).toEqual(NOTHING);
});

test("tickers are those of the edges, prices those of the vertices that have one, both in order", () => {
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

test("a user comes with the version of the list, which is 0 before the first change", () => {
  const rows = (properties: object) => [vertex("connection:a="), vertex("user:Ann", { ...properties })];
  expect(readWatched(rows({ version: 3 }))).toEqual({ ...NOTHING, user: { id: "Ann", version: 3 } });
  expect(readWatched(rows({}))).toEqual({ ...NOTHING, user: { id: "Ann", version: 0 } });
});

test("a basket has its own tickers, whose prices are there and which are not watched by name", () => {
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

test("a basket that nobody has filled is empty, at version 0", () => {
  const empty = { ...NOTHING, baskets: [{ name: "later", version: 0, tickers: [] }] };
  expect(readWatched(["connection:a=|basket:later"])).toEqual(empty);
  expect(readWatched([vertex("basket:later")])).toEqual(empty);
});

test("of a ticker's prices that come twice the later one counts", () => {
  expect(readWatched([priced("A", 1), priced("A", 2)]).quotes).toEqual([quote("A", 2)]);
});

test("a price of zero is a price, and one without a time is none", () => {
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
])("%j is no answer of ours", (row, message) => {
  expect(() => readWatched([vertex("connection:a="), row])).toThrow(new GraphError("GRAPH_ANSWER", message));
});

test("a map's keys are names, also those that are enum values", () => {
  expect(toRecord(vertex("ticker:A", { price: 1 }))).toEqual({ id: "ticker:A", label: "any", price: 1 });
});
