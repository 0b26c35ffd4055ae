import gremlin from "gremlin";
import type { Watches } from "../subscriptions.ts";
import { basketVertexId, tickerVertexId } from "./graph-ids.ts";
import type { Vertex } from "./upsert.ts";

const { cardinality, statics: __ } = gremlin.process;

type Traversal = gremlin.process.GraphTraversal;

/** The properties of a ticker vertex that form a quote. */
export const QUOTE = ["price", "version", "at"] as const;

/**
 * Sets the version of the current vertex to the larger of its version + 1 and the time of the change in milliseconds. It
 * is strictly increasing, also after the vertex was dropped or the cluster was restored from a snapshot.
 */
export function nextVersion(traversal: Traversal, changedAt: Date): Traversal {
  const successor = __.union(__.values("version"), __.constant(1)).sum();
  return traversal.property(
    cardinality.single,
    "version",
    __.union(successor, __.constant(changedAt.getTime())).max(),
  );
}

/** The vertices of listed tickers and baskets. */
export const targetsOf = ({ tickers, baskets }: Watches): readonly Vertex[] => [
  ...tickers.map((ticker) => ({ label: "Ticker" as const, id: tickerVertexId(ticker) })),
  ...baskets.map((name) => ({ label: "Basket" as const, id: basketVertexId(name) })),
];
