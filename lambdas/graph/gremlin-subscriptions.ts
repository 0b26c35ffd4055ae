import { GraphError } from "#protocol/errors.ts";
import type { Price, Quote, Ticker } from "#protocol/quote.ts";
import { formatValue } from "../format-value.ts";
import type { GraphClient } from "./driver/graph-client.ts";
import type { ConnectionDetails, Dropped } from "./operator-subscriptions.ts";
import { gatherWatchers } from "./queries/gather-watchers.ts";
import { connectionVertexId, endsOf, nodeOf, tickerVertexId } from "./queries/graph-ids.ts";
import * as operatorTraversals from "./queries/operator-traversals.ts";
import { readConnection, toNumber, userOf } from "./queries/read-connection.ts";
import { readWatched, toRecord } from "./queries/read-watched.ts";
import * as traversals from "./queries/traversals.ts";
import type {
  Basket,
  Connection,
  Owner,
  Subscriptions,
  Watched,
  Watcher,
  Watches,
  WatchLimits,
} from "./subscriptions.ts";

/** For writes ordered by their times in the graph: a late commit of the first attempt changes nothing. */
const RETRY_AT_ONCE = { retryAtOnce: true };

/** {@link Subscriptions} in a Gremlin graph: Amazon Neptune, or any TinkerPop 3.7 server. */
export class GremlinSubscriptions implements Subscriptions {
  readonly #graph: Pick<GraphClient, "read" | "write" | "stream">;

  constructor(graph: Pick<GraphClient, "read" | "write" | "stream">) {
    this.#graph = graph;
  }

  async connect(connection: Connection): Promise<void> {
    await this.#graph.write(traversals.connect(connection));
  }

  async deleteConnection(connectionId: string, openedBefore?: Date): Promise<void> {
    await this.#graph.write(traversals.deleteConnection(connectionId, openedBefore));
  }

  async deleteExpired(now: Date, atMost: number): Promise<number> {
    const ids = (await this.#graph.read(traversals.expired(now, atMost))).map(toText);
    if (ids.length > 0) await this.#graph.write(traversals.drop(ids));
    return ids.length;
  }

  async isConnected(connectionId: string): Promise<boolean> {
    const [count] = await this.#graph.read(traversals.isConnected(connectionId));
    return count === 1;
  }

  async attach(connectionId: string, userId: string, atMost: number): Promise<boolean> {
    const [count] = await this.#graph.write(traversals.attach(connectionId, userId, atMost));
    return count !== 0;
  }

  async watch(owner: Owner, watches: Watches, limits: WatchLimits): Promise<boolean> {
    const [count] = await this.#graph.write(traversals.watch(owner, watches, limits, new Date()));
    return count !== 0;
  }

  async unwatch(owner: Owner, watches: Watches): Promise<void> {
    await this.#graph.write(traversals.unwatch(owner, watches, new Date()));
  }

  async watched(connectionId: string): Promise<Watched | undefined> {
    const rows = await this.#graph.read(traversals.watched(connectionId));
    return rows.length === 0 ? undefined : readWatched(rows);
  }

  async *connectionsOf(userId: string): AsyncGenerator<readonly string[]> {
    yield* this.#connectionsOfEdges(traversals.connectionsOf(userId));
  }

  async *connections(): AsyncGenerator<readonly string[]> {
    for await (const ids of this.#graph.stream(traversals.connections())) yield ids.map(toConnectionId);
  }

  async setBasket(name: string, tickers: readonly Ticker[], changedAt: Date): Promise<boolean> {
    const [count] = await this.#graph.write(traversals.setBasket(name, tickers, changedAt), RETRY_AT_ONCE);
    return count !== 0;
  }

  async basket(
    name: string,
  ): Promise<{ readonly basket: Basket; readonly quotes: readonly Quote[] } | undefined> {
    const { baskets, quotes } = readWatched(await this.#graph.read(traversals.basket(name)));
    return baskets[0] && { basket: baskets[0], quotes };
  }

  async *watchersOfBasket(name: string): AsyncGenerator<readonly string[]> {
    yield* this.#connectionsOfEdges(traversals.watchersOfBasket(name));
  }

  async recordPrices(prices: readonly Price[], publishedAt: Date): Promise<readonly Quote[]> {
    const rows = await this.#graph.write(traversals.recordPrices(prices, publishedAt), RETRY_AT_ONCE);
    const versions = new Map(rows.map(toRecord).map(({ id, version }) => [id, version]));
    return prices.flatMap(({ ticker, priceCents }) => {
      const version = versions.get(tickerVertexId(ticker));
      if (version === undefined) return [];
      return [{ ticker, priceCents, version: toNumber(version), at: publishedAt.toISOString() }];
    });
  }

  async *watchersOf(tickers: readonly Ticker[]): AsyncGenerator<readonly Watcher[]> {
    yield* gatherWatchers((onRestart) => this.#graph.stream(traversals.watchersOf(tickers), onRestart));
  }

  async quotes(atMost: number): Promise<readonly Quote[]> {
    return readWatched(await this.#graph.read(operatorTraversals.quotes(atMost))).quotes;
  }

  async quote(ticker: Ticker): Promise<Quote | undefined> {
    return readWatched(await this.#graph.read(operatorTraversals.quote(ticker))).quotes[0];
  }

  async user(userId: string): Promise<Watched | undefined> {
    const watched = readWatched(await this.#graph.read(operatorTraversals.user(userId)));
    return watched.user && watched;
  }

  async usersOf(connectionIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const [first, ...others] = connectionIds;
    if (first === undefined) return new Map();
    const edgeIds = await this.#graph.read(operatorTraversals.usersOf([first, ...others]));
    return new Map(edgeIds.map((edgeId) => [connectionOf(edgeId), userOf(edgeId)]));
  }

  async addToList(userId: string, watches: Watches, limits: WatchLimits): Promise<boolean> {
    const { tickers, baskets } = watches;
    // Does not create the user when the entries cannot fit.
    if (tickers.length + baskets.length > limits.watches || baskets.length > limits.baskets) return false;
    const [count] = await this.#graph.write(
      operatorTraversals.addToList(userId, watches, limits, new Date()),
    );
    return count !== 0;
  }

  async removeFromList(userId: string, watches: Watches): Promise<void> {
    await this.#graph.write(operatorTraversals.removeFromList(userId, watches, new Date()));
  }

  async connectionDetails(atMost: number): Promise<readonly ConnectionDetails[]> {
    const rows = await this.#graph.read(operatorTraversals.connectionDetails(atMost));
    return rows.map(readConnection).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async countConnections(): Promise<number> {
    return toNumber((await this.#graph.read(operatorTraversals.countConnections()))[0]);
  }

  async someConnections(atMost: number): Promise<readonly string[]> {
    return (await this.#graph.read(operatorTraversals.someConnections(atMost))).map(toConnectionId);
  }

  async deleteConnections(connectionIds: readonly string[]): Promise<void> {
    // Without an id, `drop` would drop every vertex.
    if (connectionIds.length === 0) return;
    await this.#graph.write(traversals.drop(connectionIds.map(connectionVertexId)));
  }

  async dropUnlessConnected(atMost: number): Promise<Dropped> {
    const edges = toNumber((await this.#graph.write(operatorTraversals.dropEdgesUnlessConnected(atMost)))[0]);
    if (edges === atMost) return { vertices: 0, isEmpty: false };
    const vertices = toNumber(
      (await this.#graph.write(operatorTraversals.dropVerticesUnlessConnected(atMost)))[0],
    );
    const left = toNumber((await this.#graph.read(operatorTraversals.countUpToOne()))[0]);
    return { vertices, isEmpty: left === 0 };
  }

  async *#connectionsOfEdges(traversal: traversals.Traversal): AsyncGenerator<readonly string[]> {
    for await (const edgeIds of this.#graph.stream(traversal)) yield edgeIds.map(connectionOf);
  }
}

/** The connection at one of the ends of an edge. */
function connectionOf(edgeId: unknown): string {
  const ends = typeof edgeId === "string" ? endsOf(edgeId) : undefined;
  for (const node of ends ?? []) if (node.kind === "connection") return node.id;
  throw new GraphError(
    "GRAPH_BAD_RESPONSE",
    `Expected an edge id of a connection, got ${formatValue(edgeId)}.`,
  );
}

function toConnectionId(vertexId: unknown): string {
  const node = nodeOf(toText(vertexId));
  if (node?.kind === "connection") return node.id;
  throw new GraphError(
    "GRAPH_BAD_RESPONSE",
    `Expected the id of a connection, got ${formatValue(vertexId)}.`,
  );
}

function toText(id: unknown): string {
  if (typeof id === "string") return id;
  throw new GraphError("GRAPH_BAD_RESPONSE", `Expected an id, got ${formatValue(id)}.`);
}
