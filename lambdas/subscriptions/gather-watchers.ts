import { GraphError } from "../errors.ts";
import type { Ticker } from "../quote.ts";
import { shown } from "../shown.ts";
import { basketVertexId, connectionVertexId, endsOf, type Node, userVertexId } from "./graph-ids.ts";
import type { Watcher } from "./subscriptions.ts";

/** Opens a stream of ids; `onRestart` is called when, after a fault, they come again from the first. */
export type OpenStream = (onRestart: () => void) => AsyncIterable<readonly unknown[]>;

/**
 * Who is to be told of which tickers, from the edges that `watchersOf` yields. They come in order, so that no more is held
 * than what one owner watches, and what the baskets include: whatever the number of watchers.
 * @throws {GraphError} `GRAPH_ANSWER` for what is no such edge, or is out of order.
 */
export async function* gatherWatchers(openStream: OpenStream): AsyncGenerator<readonly Watcher[]> {
  let gathering = new Gathering();
  const onRestart = () => {
    gathering = new Gathering();
  };
  for await (const edgeIds of openStream(onRestart)) {
    const watchers = edgeIds.flatMap((edgeId) => gathering.take(edgeId));
    if (watchers.length > 0) yield watchers;
  }
  const last = gathering.finish();
  if (last.length > 0) yield last;
}

/** One reading of the edges, from the first to the last. */
class Gathering {
  /** The tickers of baskets, by vertex id: those of the tickers asked for. */
  readonly #includes = new Map<string, ReadonlySet<Ticker>>();
  #lastEdgeId = "";
  #owner = "";
  #tickers = new Set<Ticker>();
  #connectionIds: string[] = [];

  /** The watchers that are complete with the coming of this edge. */
  take(edgeId: unknown): readonly Watcher[] {
    const ends = typeof edgeId === "string" ? endsOf(edgeId) : undefined;
    if (typeof edgeId !== "string" || !ends || !isOnTheWay(ends) || edgeId < this.#lastEdgeId) {
      throw new GraphError(
        "GRAPH_ANSWER",
        `Expected the id of an edge, in order after ${this.#lastEdgeId}, got ${shown(edgeId)}.`,
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

  /** The watchers that the owner at hand stands for; and makes room for the next owner. */
  finish(): readonly Watcher[] {
    const tickers = this.#tickers;
    const connectionIds = this.#connectionIds;
    if (this.#owner.startsWith(basketVertexId(""))) this.#includes.set(this.#owner, tickers);
    this.#tickers = new Set();
    this.#connectionIds = [];
    return tickers.size === 0 ? [] : connectionIds.map((connectionId) => ({ connectionId, tickers }));
  }
}

/** Whether an edge is one of those by which a price comes to a connection. */
function isOnTheWay([from, to]: readonly [Node, Node]): boolean {
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
