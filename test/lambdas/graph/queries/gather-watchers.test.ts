import fc from "fast-check";
import { expect, test } from "vitest";
import { gatherWatchers } from "#lambdas/graph/queries/gather-watchers.ts";
import { GraphError } from "#protocol/errors.ts";
import { streamOf } from "#support/ports.ts";

/* Watchers from the edge ids of `watchersOf`. That a real graph yields such edge ids is tested in test/contracts. */
type Found = readonly [connectionId: string, tickers: readonly string[]];

/** The watchers of each yielded batch. */
async function gather(...batches: readonly (readonly unknown[])[]): Promise<readonly (readonly Found[])[]> {
  return await gatherFrom(() => streamOf(...batches));
}

async function gatherFrom(
  open: Parameters<typeof gatherWatchers>[0],
): Promise<readonly (readonly Found[])[]> {
  const found: Found[][] = [];
  for await (const watchers of gatherWatchers(open)) {
    found.push(watchers.map(({ connectionId, tickers }) => [connectionId, [...tickers].sort()]));
  }
  return found;
}

test("each connection is yielded once with all its tickers", async () => {
  expect(
    await gather(["connection:a=|ticker:A", "connection:a=|ticker:B", "connection:b=|ticker:B"]),
  ).toEqual([[["a=", ["A", "B"]]], [["b=", ["B"]]]]);
});

test("a watcher is yielded at the first edge of the next one, also across batches", async () => {
  expect(
    await gather(
      ["connection:a=|ticker:A"],
      [],
      ["connection:a=|ticker:B"],
      ["connection:b=|ticker:A", "connection:c=|ticker:A"],
      ["connection:d=|ticker:A"],
    ),
  ).toEqual([
    [
      ["a=", ["A", "B"]],
      ["b=", ["A"]],
    ],
    [["c=", ["A"]]],
    [["d=", ["A"]]],
  ]);
});

test("the watchers of a basket get the requested tickers that it includes", async () => {
  expect(
    await gather([
      "basket:one|ticker:A",
      "basket:one|ticker:B",
      "basket:two|ticker:B",
      "basket:two|ticker:C",
      "connection:a=|basket:one",
      "connection:a=|basket:two",
      "connection:a=|ticker:D",
      "connection:b=|basket:two",
    ]),
  ).toEqual([[["a=", ["A", "B", "C", "D"]]], [["b=", ["B", "C"]]]]);
});

test("each connection of a user gets the tickers of the user", async () => {
  expect(
    await gather([
      "basket:one|ticker:A",
      "user:u|basket:one",
      "user:u|connection:a=",
      "user:u|connection:b=",
      "user:u|ticker:B",
      "user:v|connection:c=",
      "user:v|ticker:B",
    ]),
  ).toEqual([
    [
      ["a=", ["A", "B"]],
      ["b=", ["A", "B"]],
    ],
    [["c=", ["B"]]],
  ]);
});

test("a user without a connection yields no watcher", async () => {
  expect(await gather(["user:u|ticker:A", "user:v|connection:a=", "user:v|ticker:A"])).toEqual([
    [["a=", ["A"]]],
  ]);
});

test("a repeated edge counts once", async () => {
  expect(
    await gather(
      ["basket:one|ticker:A", "basket:one|ticker:A", "connection:a=|basket:one", "connection:a=|basket:one"],
      ["connection:a=|basket:one", "user:u|connection:b=", "user:u|connection:b=", "user:u|ticker:A"],
    ),
  ).toEqual([[["a=", ["A"]]], [["b=", ["A"]]]]);
});

test("no edges of watchers yield no watchers", async () => {
  expect(await gather()).toEqual([]);
  expect(await gather([], [])).toEqual([]);
  expect(await gather(["basket:one|ticker:A"])).toEqual([]);
});

test("a restart discards the incomplete watcher of the first pass", async () => {
  const edges = ["connection:a=|ticker:A", "connection:b=|ticker:A", "connection:b=|ticker:B"];
  const found = await gatherFrom(async function* (onRestart) {
    yield edges.slice(0, 2);
    onRestart();
    yield edges;
  });
  expect(found).toEqual([[["a=", ["A"]]], [["a=", ["A"]]], [["b=", ["A", "B"]]]]);
});

test("edges that only the first pass contained are not kept after a restart", async () => {
  const found = await gatherFrom(async function* (onRestart) {
    yield ["basket:one|ticker:A", "user:u|basket:one", "user:u|connection:a="];
    onRestart();
    yield ["basket:one|ticker:B", "connection:a=|basket:one"];
  });
  expect(found).toEqual([[["a=", ["B"]]]]);
});

test.each([
  [["connection:b=|ticker:A", "connection:a=|ticker:A"], "connection:b=|ticker:A", "connection:a=|ticker:A"],
  [["user:u|ticker:A", "basket:one|ticker:A"], "user:u|ticker:A", "basket:one|ticker:A"],
  [["connection:a=|ticker:aapl"], "", "connection:a=|ticker:aapl"],
  [["connection:a=|ticker:A", "else"], "connection:a=|ticker:A", "else"],
  [["connection:a=|ticker:A", 7], "connection:a=|ticker:A", 7],
  [[null], "", null],
  [[""], "", ""],
  [["ticker:A|connection:a="], "", "ticker:A|connection:a="],
  [["basket:one|connection:a="], "", "basket:one|connection:a="],
  [["connection:a=|connection:b="], "", "connection:a=|connection:b="],
  [["user:u|user:v"], "", "user:u|user:v"],
])("gatherWatchers throws GRAPH_BAD_RESPONSE for the edges %j", async (edges, after, got) => {
  await expect(gather(edges)).rejects.toThrow(
    new GraphError(
      "GRAPH_BAD_RESPONSE",
      `Expected the id of an edge, in order after ${after}, got ${JSON.stringify(got)}.`,
    ),
  );
});

test("gatherWatchers throws the error of the stream", async () => {
  const fault = new GraphError("GRAPH_TIMEOUT", "timeout");
  const reading = gatherFrom(async function* () {
    yield ["connection:a=|ticker:A"];
    throw fault;
  });
  await expect(reading).rejects.toBe(fault);
});

/** A small graph: the watch list of each owner, the tickers of each basket, and the user of each connection. */
const NAMES = ["a", "A", "a-b", "a.b"];
const CONNECTIONS = ["a", "a=", "a/=", "a+b=", "ab=", "B="];
const TICKERS = ["A", "A.B", "A=", "^A", "B"];
const some = (of: readonly string[]) => fc.subarray([...of]);
const owner = fc.record({ tickers: some(TICKERS), baskets: some(NAMES) });
const graph = fc.record({
  includes: fc.tuple(...NAMES.map(() => some(TICKERS))),
  users: fc.tuple(...NAMES.map(() => owner)),
  connections: fc.tuple(...CONNECTIONS.map(() => owner)),
  /** The index of the user; out of range for a connection without a user. */
  userOf: fc.tuple(...CONNECTIONS.map(() => fc.nat(2 * NAMES.length))),
  requested: some(TICKERS),
});
type Graph = typeof graph extends fc.Arbitrary<infer Value> ? Value : never;

const NOTHING = { tickers: [] as string[], baskets: [] as string[] };

/** The expected watchers, by definition: from each connection down to the requested tickers. */
function expectedWatchers({ includes, users, connections, userOf, requested }: Graph): readonly Found[] {
  return CONNECTIONS.flatMap((connectionId, index): Found[] => {
    const user = users[userOf[index] ?? -1];
    const { tickers, baskets } = user ?? connections[index] ?? NOTHING;
    const below = new Set([...tickers, ...baskets.flatMap((name) => includes[NAMES.indexOf(name)] ?? [])]);
    const found = requested.filter((name) => below.has(name));
    return found.length > 0 ? [[connectionId, found.sort()]] : [];
  }).sort(byConnection);
}

/** The edge ids as the graph yields them: from the tickers up, an edge once per path through it. */
function edgesUp({ includes, users, connections, userOf, requested }: Graph): readonly string[] {
  const edges: string[] = [];
  const upFrom = (vertexId: string, isWatchedBy: (watches: typeof NOTHING) => boolean) => {
    for (const [index, watches] of connections.entries()) {
      const hasUser = users[userOf[index] ?? -1] !== undefined;
      if (!hasUser && isWatchedBy(watches)) edges.push(`connection:${CONNECTIONS[index]}|${vertexId}`);
    }
    for (const [index, watches] of users.entries()) {
      if (!isWatchedBy(watches)) continue;
      edges.push(`user:${NAMES[index]}|${vertexId}`);
      for (const [its, connectionId] of CONNECTIONS.entries()) {
        if (userOf[its] === index) edges.push(`user:${NAMES[index]}|connection:${connectionId}`);
      }
    }
  };
  for (const name of requested) {
    upFrom(`ticker:${name}`, ({ tickers }) => tickers.includes(name));
    for (const [index, included] of includes.entries()) {
      const basketName = NAMES[index] ?? "";
      if (!included.includes(name)) continue;
      edges.push(`basket:${basketName}|ticker:${name}`);
      upFrom(`basket:${basketName}`, ({ baskets }) => baskets.includes(basketName));
    }
  }
  return edges.sort();
}

const byConnection = ([a]: Found, [b]: Found): number => (a < b ? -1 : 1);

/** `edges` in batches of `sizes`, which are used cyclically. */
function inBatches(edges: readonly string[], sizes: readonly number[]): readonly (readonly string[])[] {
  const batches: (readonly string[])[] = [];
  for (let from = 0, n = 0; from < edges.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    batches.push(edges.slice(from, from + size));
    from += size;
  }
  return batches;
}

// At least one size is not 0.
const sizes = fc.array(fc.nat(4), { maxLength: 5 }).map((list) => [...list, 3]);

test("gatherWatchers finds the expected watchers of any graph in batches of any size", async () => {
  await fc.assert(
    fc.asyncProperty(graph, sizes, async (any, sizesOfBatches) => {
      const found = await gather(...inBatches(edgesUp(any), sizesOfBatches));
      expect(found.flat().sort(byConnection)).toEqual(expectedWatchers(any));
    }),
    { numRuns: 500 },
  );
});

test("after a restart at any batch no watcher is missing, and a repeated watcher has the same tickers", async () => {
  await fc.assert(
    fc.asyncProperty(graph, sizes, fc.nat(30), async (any, sizesOfBatches, cut) => {
      const batches = inBatches(edgesUp(any), sizesOfBatches);
      const found = await gatherFrom(async function* (onRestart) {
        yield* batches.slice(0, cut);
        onRestart();
        yield* batches;
      });
      const texts = found.flat().map((watcher) => JSON.stringify(watcher));
      const expected = expectedWatchers(any).map((watcher) => JSON.stringify(watcher));
      expect([...new Set(texts)].sort()).toEqual(expected.sort());
    }),
    { numRuns: 300 },
  );
});
