import { GraphError } from "../errors.ts";
import type { Price, Quote, Ticker } from "../quote.ts";
import type { GraphClient } from "./graph-client.ts";
import { tickerOf, tickerVertexId, watchOf } from "./graph-ids.ts";
import type { Connection, Subscriptions, Watch, Watched } from "./subscriptions.ts";
import * as traversals from "./traversals.ts";

/** {@link Subscriptions} in a Gremlin graph: Amazon Neptune, or any TinkerPop 3.7 server. */
export class GremlinSubscriptions implements Subscriptions {
  readonly #graph: Pick<GraphClient, "read" | "write" | "stream">;

  constructor(graph: Pick<GraphClient, "read" | "write" | "stream">) {
    this.#graph = graph;
  }

  async connect(connection: Connection): Promise<void> {
    await this.#graph.write(traversals.connect(connection));
  }

  async forget(connectionId: string, openedBefore?: Date): Promise<void> {
    await this.#graph.write(traversals.forget(connectionId, openedBefore));
  }

  async isConnected(connectionId: string): Promise<boolean> {
    const [count] = await this.#graph.read(traversals.isConnected(connectionId));
    return count === 1;
  }

  async watch(connectionId: string, tickers: readonly Ticker[], limit: number): Promise<boolean> {
    const [count] = await this.#graph.write(traversals.watch(connectionId, tickers, limit));
    return count !== 0;
  }

  async unwatch(connectionId: string, tickers: readonly Ticker[]): Promise<void> {
    await this.#graph.write(traversals.unwatch(connectionId, tickers));
  }

  async watched(connectionId: string): Promise<Watched | undefined> {
    const elements = await this.#graph.read(traversals.watched(connectionId));
    if (elements.length === 0) return undefined;
    const tickers: Ticker[] = [];
    const quotes: Quote[] = [];
    for (const element of elements) {
      const { id, price, version, at } = toRecord(element);
      const ticker = typeof id === "string" ? tickerOf(id) : undefined;
      if (!ticker) continue; // the connection itself
      tickers.push(ticker);
      if (typeof price === "number" && typeof version === "number" && typeof at === "string") {
        quotes.push({ ticker, priceCents: price, version, at });
      }
    }
    return { tickers: tickers.sort(), quotes: quotes.sort((a, b) => (a.ticker < b.ticker ? -1 : 1)) };
  }

  async recordPrices(prices: readonly Price[], at: Date): Promise<readonly Quote[]> {
    const rows = await this.#graph.write(traversals.recordPrices(prices, at));
    const versions = new Map(rows.map(toRecord).map(({ id, version }) => [id, version]));
    return prices.map(({ ticker, priceCents }) => {
      const version = versions.get(tickerVertexId(ticker));
      if (version === undefined) {
        throw new GraphError(
          "GRAPH_NEWER",
          `${ticker} has a price already that was published well after ${at.toISOString()}: is this clock behind?`,
        );
      }
      if (typeof version !== "number") {
        throw new GraphError(
          "GRAPH_ANSWER",
          `Expected the version of ${ticker} to be a number, got ${version}.`,
        );
      }
      return { ticker, priceCents, version, at: at.toISOString() };
    });
  }

  async *watchersOf(tickers: readonly Ticker[]): AsyncGenerator<readonly Watch[]> {
    for await (const edgeIds of this.#graph.stream(traversals.watchersOf(tickers))) {
      yield edgeIds.map(toWatch);
    }
  }
}

function toWatch(edgeId: unknown): Watch {
  const watch = typeof edgeId === "string" ? watchOf(edgeId) : undefined;
  if (watch) return watch;
  throw new GraphError("GRAPH_ANSWER", `Expected the id of a watching edge, got ${JSON.stringify(edgeId)}.`);
}

/** GraphBinary gives maps as `Map`, with keys that are strings or, for `id` and `label`, enum values. */
function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (!(value instanceof Map))
    throw new GraphError("GRAPH_ANSWER", `Expected a map, got ${JSON.stringify(value)}.`);
  return Object.fromEntries([...value].map(([key, entry]) => [String(key.elementName ?? key), entry]));
}
