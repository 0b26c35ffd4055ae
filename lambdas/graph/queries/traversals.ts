import gremlin from "gremlin";
import type { Price, Ticker } from "#protocol/quote.ts";
import type { Connection, Owner, Watches, WatchLimits } from "../subscriptions.ts";
import { basketVertexId, connectionVertexId, edgeId, tickerVertexId, userVertexId } from "./graph-ids.ts";
import { nextVersion, QUOTE, targetsOf } from "./traversal-parts.ts";
import { asEdge, asVertex, UPSERT_FORM, upsertEdges } from "./upsert.ts";

/*
 * Only Gremlin that Neptune runs: no Groovy, no lambdas, no `io`. `single` is explicit at every property, because the
 * default cardinality of Neptune is `set`: https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-gremlin-differences.html
 */
const { t, P, cardinality, statics: __ } = gremlin.process;
const { single } = cardinality;

const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());

export type Traversal = gremlin.process.GraphTraversal;

export function connect({ id, connectedAt, expiresAt }: Connection): Traversal {
  return g
    .mergeV(asVertex({ label: "Connection", id: connectionVertexId(id) }))
    .property(single, "connectedAt", connectedAt.getTime())
    .property(single, "expiresAt", expiresAt.getTime())
    .count();
}

export function deleteConnection(connectionId: string, openedBefore?: Date): Traversal {
  const connection = theConnection(connectionId);
  return (openedBefore ? connection.has("connectedAt", P.lt(openedBefore.getTime())) : connection).drop();
}

/** Yields the vertex ids of up to `atMost` expired connections. */
export function expired(now: Date, atMost: number): Traversal {
  return g.V().hasLabel("Connection").has("expiresAt", P.lt(now.getTime())).limit(atMost).id();
}

export function drop(vertexIds: readonly string[]): Traversal {
  return g.V(...vertexIds).drop();
}

export function isConnected(connectionId: string): Traversal {
  return theConnection(connectionId).count();
}

/** Yields 0, and changes nothing, when the connection is unknown or the user has `atMost` other connections. */
export function attach(connectionId: string, userId: string, atMost: number): Traversal {
  const user = userVertexId(userId);
  const connection = connectionVertexId(connectionId);
  const others = __.V(user)
    .outE("endpoint")
    .not(__.hasId(edgeId(user, connection)))
    .limit(atMost);
  return theConnection(connectionId)
    .where(others.count().is(P.lt(atMost)))
    .sideEffect(__.outE("watching").drop())
    .sideEffect(
      __.inE("endpoint")
        .not(__.hasId(edgeId(user, connection)))
        .drop(),
    )
    .mergeV(asVertex({ label: "User", id: user }))
    .mergeE(asEdge("endpoint", user, connection))
    .count();
}

/**
 * Yields 0, and changes nothing, when the connection is unknown, has another user than `owner`, or the list would exceed a
 * limit; else a number above 0.
 *
 * Starts from the existing vertex: a `mergeV` would recreate a connection that a concurrent disconnect has just dropped, and
 * nothing would delete it before it expires.
 */
export function watch(
  owner: Owner,
  watches: Watches,
  limits: WatchLimits,
  at: Date,
  form = UPSERT_FORM,
): Traversal {
  const from = ownerVertexId(owner);
  const targets = targetsOf(watches);
  const others = () => __.outE(labelOf(owner)).not(__.hasId(...targets.map(({ id }) => edgeId(from, id))));
  const room = { watches: limits.watches - targets.length, baskets: limits.baskets - watches.baskets.length };
  let start = theOwner(owner).where(others().count().is(P.lte(room.watches)));
  if (watches.baskets.length > 0) {
    const otherBaskets = others().where(__.inV().hasLabel("Basket"));
    start = start.where(otherBaskets.count().is(P.lte(room.baskets)));
  }
  if (owner.userId !== undefined) start = nextVersion(start, at);
  return upsertEdges(start, labelOf(owner), from, targets, form).count();
}

export function unwatch(owner: Owner, watches: Watches, at: Date): Traversal {
  const edgeIds = targetsOf(watches).map(({ id }) => edgeId(ownerVertexId(owner), id));
  // The edges of a connection are dropped with it, so its vertex need not be checked.
  if (owner.userId === undefined) return g.E(...edgeIds).drop();
  return nextVersion(theOwner(owner), at)
    .outE(labelOf(owner))
    .hasId(...edgeIds)
    .drop();
}

/**
 * Yields, in this order: the vertices of the connection, its user and its baskets, with versions; the ids of the edges to
 * listed tickers and baskets, and from baskets to tickers; the vertices of all these tickers with their prices.
 *
 * The order matters: a list must not be older than its version, nor a price older than its edge. Neptune reads everything
 * from one snapshot, but other graphs do not.
 */
export function watched(connectionId: string): Traversal {
  const targets = () => __.union(__.identity(), __.in_("endpoint")).out("watching", "lists");
  const baskets = () => targets().hasLabel("Basket");
  return theConnection(connectionId).union(
    __.elementMap("version"),
    __.in_("endpoint").elementMap("version"),
    baskets().elementMap("version"),
    __.union(__.identity(), __.in_("endpoint")).outE("watching", "lists").id(),
    baskets().outE("includes").id(),
    targets()
      .hasLabel("Ticker")
      .elementMap(...QUOTE),
    baskets()
      .out("includes")
      .elementMap(...QUOTE),
  );
}

/** Yields the ids of the edges from a user to its connections. */
export function connectionsOf(userId: string): Traversal {
  return g.V(userVertexId(userId)).outE("endpoint").id();
}

/** Yields the vertex id of every connection. */
export function connections(): Traversal {
  return g.V().hasLabel("Connection").id();
}

/** Yields 0, and changes nothing, when the basket was changed after `changedAt`; else a number above 0. */
export function setBasket(name: string, tickers: readonly Ticker[], changedAt: Date): Traversal {
  const from = basketVertexId(name);
  const targets = targetsOf({ tickers, baskets: [] });
  const included = __.outE("includes");
  // `hasId` requires an id.
  const left =
    targets.length === 0 ? included : included.not(__.hasId(...targets.map(({ id }) => edgeId(from, id))));
  const at = changedAt.toISOString();
  const basket = g
    .mergeV(asVertex({ label: "Basket", id: from }))
    .not(__.has("at", P.gt(at)))
    .property(single, "at", at);
  const start = nextVersion(basket, changedAt).sideEffect(left.drop());
  return upsertEdges(start, "includes", from, targets).count();
}

/** Yields the vertex of the basket, the ids of its edges, and the vertices of its tickers, as {@link watched} does. */
export function basket(name: string): Traversal {
  return g
    .V(basketVertexId(name))
    .union(__.elementMap("version"), __.outE("includes").id(), __.out("includes").elementMap(...QUOTE));
}

/**
 * Yields `{id, version}` for each stored price. A price with an earlier publish time than the stored one is not stored and
 * yields nothing. Both are decided per ticker in the storing transaction, so neither a retry nor a late commit can put an
 * older price over a newer one, and no two prices of a ticker get the same version.
 */
export function recordPrices(prices: readonly Price[], publishedAt: Date): Traversal {
  // Two publishes lock the same tickers in the same order, so they cannot deadlock.
  const rows = prices
    .toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1))
    .map(
      ({ ticker, priceCents }) =>
        new Map<string, unknown>([
          ["vertex", asVertex({ label: "Ticker", id: tickerVertexId(ticker) })],
          ["price", priceCents],
        ]),
    );
  const at = publishedAt.toISOString();
  const stored = g
    .inject(rows)
    .unfold()
    .as("row")
    .mergeV(__.select("row").select("vertex"))
    // ISO 8601 in UTC sorts by time.
    .not(__.has("at", P.gt(at)))
    .property(single, "price", __.select("row").select("price"))
    .property(single, "at", at);
  return nextVersion(stored, publishedAt).project("id", "version").by(t.id).by("version");
}

/**
 * Yields, sorted, the id of every edge on a path from `tickers` to a connection: `basket|ticker`, `connection|ticker`,
 * `connection|basket`, `user|ticker`, `user|basket` and `user|connection`. The edges of one owner are adjacent, and those of
 * baskets come before those of their watchers, so a reader holds the edges of one owner at a time. An id may repeat.
 *
 * Reading edges costs less than half of reading the vertices at their ends, and because user lists have the label `lists`, no
 * connection vertex is read (docs/performance.md). Sorting delays the first result until the last is found.
 */
export function watchersOf(tickers: readonly Ticker[]): Traversal {
  return g
    .V(...tickers.map(tickerVertexId))
    .union(
      __.inE("includes", "watching", "lists"),
      __.in_("includes").inE("watching", "lists"),
      __.in_("lists").outE("endpoint"),
      __.in_("includes").in_("lists").outE("endpoint"),
    )
    .id()
    .order();
}

/** Yields the ids of the edges from a basket to its watchers, and from its users to their connections. */
export function watchersOfBasket(name: string): Traversal {
  return g.V(basketVertexId(name)).union(__.inE("watching"), __.in_("lists").outE("endpoint")).id();
}

function theConnection(connectionId: string): Traversal {
  return g.V(connectionVertexId(connectionId)).hasLabel("Connection");
}

/** The vertex that the edges of the owner start from, if the connection exists and has the user of `owner`. */
function theOwner({ connectionId, userId }: Owner): Traversal {
  const connection = theConnection(connectionId);
  return userId === undefined
    ? connection.not(__.in_("endpoint"))
    : connection.in_("endpoint").hasId(userVertexId(userId));
}

const ownerVertexId = ({ connectionId, userId }: Owner): string =>
  userId === undefined ? connectionVertexId(connectionId) : userVertexId(userId);

const labelOf = ({ userId }: Owner): string => (userId === undefined ? "watching" : "lists");
