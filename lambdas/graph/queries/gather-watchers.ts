import { GraphError } from "#protocol/errors.ts";
import type { Ticker } from "#protocol/quote.ts";
import { formatValue } from "../../format-value.ts";
import type { Watcher } from "../subscriptions.ts";
import { basketVertexId, connectionVertexId, endsOf, type Node, userVertexId } from "./graph-ids.ts";

/** Opens a stream of edge ids; `onRestart` is called when the stream restarts from the first after a fault. */
export type OpenStream = (onRestart: () => void) => AsyncIterable<readonly unknown[]>;

/**
 * The watchers of tickers, from the sorted edge ids of `watchersOf`. Memory holds the list of one owner and the baskets,
 * for any number of watchers.
 * @throws {GraphError} `GRAPH_BAD_RESPONSE` for another edge, or one that is out of order.
 */
export async function* gatherWatchers(openStream: OpenStream): AsyncGenerator<readonly Watcher[]> {
  let pass = new Pass();
  const onRestart = () => {
    pass = new Pass();
  };
  for await (const edgeIds of openStream(onRestart)) {
    const watchers = edgeIds.flatMap((edgeId) => pass.add(edgeId));
    if (watchers.length > 0) yield watchers;
  }
  const last = pass.finish();
  if (last.length > 0) yield last;
}

/** The state of one pass over the edge ids. */
class Pass {
  /** The requested tickers that each basket includes, by vertex id of the basket. */
  readonly #includes = new Map<string, ReadonlySet<Ticker>>();
  #lastEdgeId = "";
  #owner = "";
  #tickers = new Set<Ticker>();
  #connectionIds: string[] = [];

  /** The watchers whose last edge came before this one. */
  add(edgeId: unknown): readonly Watcher[] {
    const ends = typeof edgeId === "string" ? endsOf(edgeId) : undefined;
    if (typeof edgeId !== "string" || !ends || !isOnPath(ends) || edgeId < this.#lastEdgeId) {
      throw new GraphError(
        "GRAPH_BAD_RESPONSE",
        `Expected the id of an edge, in order after ${this.#lastEdgeId}, got ${formatValue(edgeId)}.`,
      );
    }
    if (edgeId === this.#lastEdgeId) return [];
    this.#lastEdgeId = edgeId;
    const [from, to] = ends;
    const owner = vertexIdOf(from);
    const complete = owner === this.#owner ? [] : this.finish();
    this.#owner = owner;
    if (to.kind === "ticker") this.#tickers.add(to.ticker);
    if (to.kind === "connection") this.#connectionIds.push(to.id);
    if (to.kind === "basket") {
      for (const ticker of this.#includes.get(basketVertexId(to.name)) ?? []) this.#tickers.add(ticker);
    }
    if (from.kind === "connection") this.#connectionIds = [from.id];
    return complete;
  }

  /** The watchers of the current owner, which is then reset. */
  finish(): readonly Watcher[] {
    const tickers = this.#tickers;
    const connectionIds = this.#connectionIds;
    if (this.#owner.startsWith(basketVertexId(""))) this.#includes.set(this.#owner, tickers);
    this.#tickers = new Set();
    this.#connectionIds = [];
    return tickers.size === 0 ? [] : connectionIds.map((connectionId) => ({ connectionId, tickers }));
  }
}

/** Whether the edge is on a path from a ticker to a connection. */
function isOnPath([from, to]: readonly [Node, Node]): boolean {
  switch (from.kind) {
    case "basket":
      return to.kind === "ticker";
    case "connection":
      return to.kind === "ticker" || to.kind === "basket";
    case "user":
      return to.kind !== "user";
    case "ticker":
      return false;
  }
}

function vertexIdOf(node: Node): string {
  switch (node.kind) {
    case "connection":
      return connectionVertexId(node.id);
    case "user":
      return userVertexId(node.id);
    case "basket":
      return basketVertexId(node.name);
    case "ticker":
      return "";
  }
}
