import fc from "fast-check";
import { expect, test } from "vitest";
import {
  basketVertexId,
  connectionVertexId,
  edgeId,
  endsOf,
  type Node,
  nodeOf,
  tickerVertexId,
  userVertexId,
} from "#lambdas/graph/queries/graph-ids.ts";
import { ticker } from "#support/ports.ts";

/* Any text as an id, except connection ids with `|`: API Gateway uses the base64 alphabet. */
const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const userId = fc.stringMatching(/^[\x21-\x7e]{1,128}$/);
const node: fc.Arbitrary<Node> = fc.oneof(
  fc
    .string({ unit: "binary" })
    .filter((id) => !id.includes("|"))
    .map((id) => ({ kind: "connection" as const, id })),
  userId.map((id) => ({ kind: "user" as const, id })),
  name.map((id) => ({ kind: "basket" as const, name: id })),
  fc
    .stringMatching(/^[A-Z0-9.^][A-Z0-9.^=_/:&-]{0,31}$/)
    .filter((text) => /[A-Z0-9]/.test(text))
    .map((text) => ({ kind: "ticker" as const, ticker: ticker(text) })),
);

function vertexId(of: Node): string {
  switch (of.kind) {
    case "connection":
      return connectionVertexId(of.id);
    case "user":
      return userVertexId(of.id);
    case "basket":
      return basketVertexId(of.name);
    case "ticker":
      return tickerVertexId(of.ticker);
  }
}

test("nodeOf and endsOf return the parts that vertexId and edgeId joined", () => {
  fc.assert(
    fc.property(node, node, (from, to) => {
      expect(nodeOf(vertexId(from))).toEqual(from);
      expect(endsOf(edgeId(vertexId(from), vertexId(to)))).toEqual([from, to]);
    }),
    { numRuns: 500 },
  );
});

test("two users never share an id, and the sorted edge ids of one user are adjacent", () => {
  fc.assert(
    fc.property(fc.uniqueArray(userId, { minLength: 2, maxLength: 8 }), (users) => {
      const edges = users.flatMap((user) =>
        ["A", "Z"].map((name) => edgeId(userVertexId(user), tickerVertexId(ticker(name)))),
      );
      expect(new Set(edges).size).toBe(edges.length);
      // gather-watchers.ts requires that the edges of an owner are adjacent.
      const owners = edges.sort().map((edge) => JSON.stringify(endsOf(edge)?.[0]));
      const changes = owners.filter((owner, index) => owner !== owners[index - 1]);
      expect(changes.length).toBe(users.length);
    }),
    { numRuns: 500 },
  );
});

test("nodeOf and endsOf accept only texts that vertexId and edgeId write", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "connection:",
      "user:",
      "basket:",
      "ticker:",
      "ticker:A",
      "|",
      "",
      ":",
      "a",
      "A",
      " ",
      "%",
      "7C",
    ),
    fc.string({ maxLength: 5 }),
  );
  const almost = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), almost), (id) => {
      const known = nodeOf(id);
      if (known) expect(vertexId(known)).toBe(id);
      const ends = endsOf(id);
      if (ends) expect(edgeId(vertexId(ends[0]), vertexId(ends[1]))).toBe(id);
    }),
    { numRuns: 2_000 },
  );
});
