import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTicker, type Ticker } from "../../../lambdas/quote.ts";
import {
  tickerOf,
  tickerVertexId,
  watchingEdgeId,
  watchOf,
} from "../../../lambdas/subscriptions/graph-ids.ts";

/* Any text as an id. An id of a connection with `|` in it is not ours: API Gateway's are in the alphabet of base64. */
const ticker = fc.stringMatching(/^[A-Z0-9.^=-]{1,16}$/).map((name) => parseTicker(name) as Ticker);
const connectionId = fc.string({ unit: "binary" }).filter((id) => !id.includes("|"));

test("an edge's id and the watch that it tells of are made from each other", () => {
  fc.assert(
    fc.property(connectionId, ticker, (id, name) => {
      expect(watchOf(watchingEdgeId(id, name))).toEqual({ connectionId: id, ticker: name });
      expect(tickerOf(tickerVertexId(name))).toBe(name);
    }),
  );
});

test("any other text tells of nothing", () => {
  const almost = fc
    .tuple(
      fc.constantFrom("connection:", "user:", ""),
      fc.string(),
      fc.constantFrom("|ticker:", "|", ""),
      fc.string(),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), almost), (id) => {
      const watch = watchOf(id);
      if (watch) expect(watchingEdgeId(watch.connectionId, watch.ticker)).toBe(id);
      const name = tickerOf(`ticker:${id}`);
      if (name) expect(name).toBe(id);
    }),
    { numRuns: 1_000 },
  );
});
