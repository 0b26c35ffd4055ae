import gremlin from "gremlin";
import type { Price, Ticker } from "../quote.ts";
import { connectionVertexId, tickerVertexId, watchingEdgeId } from "./graph-ids.ts";
import type { Connection } from "./subscriptions.ts";

/*
 * Only Gremlin that Neptune runs: no Groovy, no lambdas, no `io`. `single` is said at every property, because Neptune's
 * default cardinality is `set`: https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-gremlin-differences.html
 */
const { t, P, direction, cardinality, statics: __ } = gremlin.process;
const { single } = cardinality;

const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());

export type Traversal = gremlin.process.GraphTraversal;

/**
 * How {@link watch} upserts. `chain` is the form that AWS documents for Neptune, and all of its steps are native there.
 * `rows` was 2.5 times as fast on TinkerGraph with 32 clients at once, but `constant()` is not native on Neptune and the
 * form is not proven there. A `profile` on a real cluster decides: https://docs.aws.amazon.com/neptune/latest/userguide/gremlin-profile-api.html
 */
export type UpsertForm = "chain" | "rows";
export const UPSERT_FORM: UpsertForm = "chain";

export function connect({ id, connectedAt, expiresAt }: Connection): Traversal {
  return g
    .mergeV(
      new Map([
        [t.id, connectionVertexId(id)],
        [t.label, "Connection"],
      ]),
    )
    .property(single, "connectedAt", connectedAt.getTime())
    .property(single, "expiresAt", expiresAt.getTime())
    .count();
}

export function forget(connectionId: string, openedBefore?: Date): Traversal {
  const connection = theConnection(connectionId);
  return (openedBefore ? connection.has("connectedAt", P.lt(openedBefore.getTime())) : connection).drop();
}

export function isConnected(connectionId: string): Traversal {
  return theConnection(connectionId).count();
}

/**
 * Yields 0 when the connection is unknown or would pass `limit`, and nothing has changed; else a number above 0.
 *
 * Starts from the connection that still exists. A `mergeV` of it would bring back a connection that a racing
 * disconnect has just dropped, as a ghost that nobody ever forgets.
 */
export function watch(
  connectionId: string,
  tickers: readonly Ticker[],
  limit: number,
  form = UPSERT_FORM,
): Traversal {
  const edgeIds = tickers.map((ticker) => watchingEdgeId(connectionId, ticker));
  const connection = theConnection(connectionId).where(
    __.outE("watching")
      .not(__.hasId(...edgeIds))
      .count()
      .is(P.lte(limit - tickers.length)),
  );
  const elements = tickers.map((ticker) => ({
    vertex: new Map([
      [t.id, tickerVertexId(ticker)],
      [t.label, "Ticker"],
    ]),
    edge: new Map([
      [t.id, watchingEdgeId(connectionId, ticker)],
      [t.label, "watching"],
      [direction.out, connectionVertexId(connectionId)],
      [direction.in, tickerVertexId(ticker)],
    ]),
  }));
  if (form === "chain") {
    return elements
      .reduce((chain, { vertex, edge }) => chain.mergeV(vertex).mergeE(edge), connection)
      .count();
  }
  return connection
    .constant(
      elements.map(
        ({ vertex, edge }) =>
          new Map([
            ["vertex", vertex],
            ["edge", edge],
          ]),
      ),
    )
    .unfold()
    .as("row")
    .mergeV(__.select("row").select("vertex"))
    .mergeE(__.select("row").select("edge"))
    .count();
}

export function unwatch(connectionId: string, tickers: readonly Ticker[]): Traversal {
  return g.E(...tickers.map((ticker) => watchingEdgeId(connectionId, ticker))).drop();
}

/** Yields a map for the connection itself, if it exists, and one for each ticker that it watches. */
export function watched(connectionId: string): Traversal {
  return theConnection(connectionId)
    .union(__.identity(), __.out("watching"))
    .elementMap("price", "version", "at");
}

/**
 * How long a write may still take once it was sent; its evaluation timeout too. A write that comes later was held up on
 * the way, and its sender has long repeated it.
 */
export const LATEST_WRITE_MS = 5_000;

/**
 * Yields `{id, version}` for each price that is stored. The version is counted up in the graph, in the transaction that
 * stores the price: two publishers of a ticker cannot both get the same one.
 *
 * A price is left out, and nothing changed, when the ticker's last one was published more than {@link LATEST_WRITE_MS}
 * after it: a write that was lost in the network and comes out of it later must not bring an old price back.
 */
export function recordPrices(prices: readonly Price[], at: Date): Traversal {
  // In one order everywhere, so that two publishes lock the same tickers in the same order and neither waits in vain.
  const rows = prices
    .toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1))
    .map(
      ({ ticker, priceCents }) =>
        new Map<string, unknown>([
          [
            "vertex",
            new Map([
              [t.id, tickerVertexId(ticker)],
              [t.label, "Ticker"],
            ]),
          ],
          ["price", priceCents],
        ]),
    );
  const tooLate = new Date(at.getTime() + LATEST_WRITE_MS).toISOString();
  return (
    g
      .inject(rows)
      .unfold()
      .as("row")
      .mergeV(__.select("row").select("vertex"))
      // ISO 8601 in UTC: the order of the texts is that of the times.
      .not(__.has("at", P.gt(tooLate)))
      .property(single, "price", __.select("row").select("price"))
      .property(single, "at", at.toISOString())
      .property(single, "version", __.union(__.values("version"), __.constant(1)).sum())
      .project("id", "version")
      .by(t.id)
      .by("version")
  );
}

/** Yields the id of every `watching` edge to `tickers`: the cheapest read of watchers there is, and it streams. */
export function watchersOf(tickers: readonly Ticker[]): Traversal {
  return g
    .V(...tickers.map(tickerVertexId))
    .inE("watching")
    .id();
}

function theConnection(connectionId: string): Traversal {
  return g.V(connectionVertexId(connectionId)).hasLabel("Connection");
}
