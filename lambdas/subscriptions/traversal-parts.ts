import gremlin from "gremlin";
import { basketVertexId, tickerVertexId } from "./graph-ids.ts";
import type { Watches } from "./subscriptions.ts";
import type { Vertex } from "./upsert.ts";

const { cardinality, statics: __ } = gremlin.process;

type Traversal = gremlin.process.GraphTraversal;

/** What makes a quote of a ticker's vertex. */
export const QUOTE = ["price", "version", "at"] as const;

/** Counts up the version of the vertex at hand, in the transaction that changes what hangs on it. */
export function nextVersion(traversal: Traversal): Traversal {
  return traversal.property(
    cardinality.single,
    "version",
    __.union(__.values("version"), __.constant(1)).sum(),
  );
}

/** The vertices that are watched. */
export const targetsOf = ({ tickers, baskets }: Watches): readonly Vertex[] => [
  ...tickers.map((ticker) => ({ label: "Ticker" as const, id: tickerVertexId(ticker) })),
  ...baskets.map((name) => ({ label: "Basket" as const, id: basketVertexId(name) })),
];
