import gremlin from "gremlin";
import graphBinary from "gremlin/lib/structure/io/binary/GraphBinary.js";
import { describe, expect, test } from "vitest";
import { type DataAccess, readQueryAccess } from "#emulator/neptune/query-access.ts";
import * as traversals from "#lambdas/graph/queries/traversals.ts";
import type { Price, Ticker } from "#protocol/quote.ts";
import { ticker } from "#support/ports.ts";

/* The access that queries require. Does not prove that Neptune follows its documentation. */
const ID = "01234567-89ab-cdef-0123-456789abcdef";
const MIME = "application/vnd.graphbinary-v1.0";
const { statics: __ } = gremlin.process;
const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());

/** A request as GraphConnection sends it. */
function frameOf(args: Readonly<Record<string, unknown>>, { op = "bytecode", mime = MIME } = {}): Buffer {
  const request = graphBinary.graphBinaryWriter.writeRequest({
    requestId: ID,
    op,
    processor: "traversal",
    args,
  });
  return Buffer.concat([Buffer.from([mime.length]), Buffer.from(mime), request]);
}
const accessOf = (query: traversals.Traversal) =>
  readQueryAccess(frameOf({ gremlin: query.getBytecode(), aliases: { g: "g" }, evaluationTimeout: 5_000 }));

const AT = new Date("2026-11-21T01:02:03.456Z");
const AAPL: Ticker = ticker("AAPL");
const PRICES: readonly Price[] = [{ ticker: AAPL, priceCents: 2_400 }];
const ANONYMOUS = { connectionId: "a=" };
const USER = { connectionId: "a=", userId: "ada" };
const WATCHES = { tickers: [AAPL], baskets: ["tech"] };
const LIMITS = { watches: 100, baskets: 10 };

/** The required access and all variants of each traversal of the functions, by name. */
const EXPECTED: Readonly<
  Record<
    Exclude<keyof typeof traversals, "LATEST_WRITE_MS">,
    readonly [readonly DataAccess[], ...traversals.Traversal[]]
  >
> = {
  connect: [["Read", "Write", "Delete"], traversals.connect({ id: "a=", connectedAt: AT, expiresAt: AT })],
  deleteConnection: [
    ["Read", "Delete"],
    traversals.deleteConnection("a="),
    traversals.deleteConnection("a=", AT),
  ],
  expired: [["Read"], traversals.expired(AT, 10)],
  drop: [["Read", "Delete"], traversals.drop(["connection:a="])],
  isConnected: [["Read"], traversals.isConnected("a=")],
  attach: [["Read", "Write", "Delete"], traversals.attach("a=", "ada", 100)],
  watch: [["Read", "Write"], traversals.watch(ANONYMOUS, WATCHES, LIMITS, AT)],
  unwatch: [["Read", "Delete"], traversals.unwatch(ANONYMOUS, WATCHES, AT)],
  watched: [["Read"], traversals.watched("a=")],
  connectionsOf: [["Read"], traversals.connectionsOf("ada")],
  connections: [["Read"], traversals.connections()],
  setBasket: [
    ["Read", "Write", "Delete"],
    traversals.setBasket("tech", [AAPL], AT),
    traversals.setBasket("tech", [], AT),
  ],
  basket: [["Read"], traversals.basket("tech")],
  recordPrices: [["Read", "Write", "Delete"], traversals.recordPrices(PRICES, AT)],
  watchersOf: [["Read"], traversals.watchersOf([AAPL])],
  watchersOfBasket: [["Read"], traversals.watchersOfBasket("tech")],
};

describe("the queries of the functions", () => {
  test("every exported traversal of the functions has an expected access", () => {
    const functions = Object.entries(traversals).filter(([, value]) => typeof value === "function");
    expect(Object.keys(EXPECTED).sort()).toEqual(functions.map(([name]) => name).sort());
  });

  test.each(Object.entries(EXPECTED))(
    "the traversal %s requires the access %j",
    (_name, [access, ...forms]) => {
      for (const form of forms) expect(accessOf(form)).toEqual({ ok: true, requestId: ID, access });
    },
  );

  test("watch and unwatch of a user require Delete, because they increment the list version", () => {
    const access = ["Read", "Write", "Delete"];
    expect(accessOf(traversals.watch(USER, WATCHES, LIMITS, AT))).toMatchObject({ access });
    expect(accessOf(traversals.unwatch(USER, WATCHES, AT))).toMatchObject({ access });
  });
});

describe("steps", () => {
  test.each<[string, traversals.Traversal, readonly DataAccess[]]>([
    ["no mutating step", g.inject(1), ["Read"]],
    ["addV", g.addV("A"), ["Read", "Write"]],
    ["addE", g.V("a").addE("e").to(__.V("b")), ["Read", "Write"]],
    ["mergeV", g.mergeV(new Map([["a", 1]])), ["Read", "Write"]],
    ["mergeE", g.mergeE(new Map([["a", 1]])), ["Read", "Write"]],
    ["property", g.V("a").property("p", 1), ["Read", "Write", "Delete"]],
    ["drop", g.V("a").drop(), ["Read", "Delete"]],
    ["drop in an argument", g.V("a").sideEffect(__.outE().drop()), ["Read", "Delete"]],
    ["addV in a nested argument", g.V("a").union(__.coalesce(__.out(), __.addV("A"))), ["Read", "Write"]],
    [
      "addV in a map",
      g.inject(new Map([["k", new Map([[1, __.addV("A").getBytecode()]])]])),
      ["Read", "Write"],
    ],
    ["drop in a list", g.inject([[__.drop().getBytecode()]]), ["Read", "Delete"]],
    [
      "drop in a source instruction",
      g.withSideEffect("x", [__.drop().getBytecode()]).V(),
      ["Read", "Delete"],
    ],
    ["step names in strings only", g.V("drop").has("property", "addV"), ["Read"]],
  ])("a query with %s requires the documented access", (_name, query, access) => {
    expect(accessOf(query)).toEqual({ ok: true, requestId: ID, access });
  });
});

describe("malformed frames", () => {
  const query = g.V().getBytecode();
  const good = frameOf({ gremlin: query });
  test.each<[string, Buffer, string | undefined, string]>([
    ["an empty frame", Buffer.alloc(0), undefined, `expected ${MIME}, got ""`],
    [
      "a frame of another format",
      frameOf({ gremlin: query }, { mime: "application/json" }),
      undefined,
      `expected ${MIME}, got "application/json"`,
    ],
    [
      "a frame of another version",
      Buffer.from(good).fill(0x01, 1 + MIME.length, 2 + MIME.length),
      undefined,
      "expected version 129, got 1",
    ],
    [
      "a frame that ends within its id",
      good.subarray(0, 40),
      undefined,
      "the frame ends within the request id",
    ],
    [
      "a frame with trailing bytes",
      Buffer.concat([good, Buffer.from([1, 2])]),
      ID,
      "2 bytes follow the arguments",
    ],
    [
      "a script",
      frameOf({ gremlin: "g.V().drop()" }, { op: "eval" }),
      ID,
      'expected the op "bytecode", got "eval"',
    ],
    [
      "a script with the op bytecode",
      frameOf({ gremlin: "g.V().drop()" }),
      ID,
      "expected bytecode in the argument `gremlin`",
    ],
  ])("%s is refused", (_name, frame, requestId, problem) => {
    expect(readQueryAccess(frame)).toEqual({ ok: false, requestId, problem });
  });

  test("a frame truncated at any byte is refused", () => {
    for (let length = 0; length < good.length; length++) {
      expect(readQueryAccess(good.subarray(0, length)).ok).toBe(false);
    }
  });

  test("a query with a lambda is refused, because the codec cannot read it", () => {
    const lambda = g.V().map((() => ["it.get()", "gremlin-groovy"]) as never);
    expect(accessOf(lambda)).toMatchObject({ ok: false, requestId: ID });
  });
});
