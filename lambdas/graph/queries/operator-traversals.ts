import gremlin from "gremlin";
import type { Ticker } from "#protocol/quote.ts";
import type { Watches, WatchLimits } from "../subscriptions.ts";
import { connectionVertexId, edgeId, tickerVertexId, userVertexId } from "./graph-ids.ts";
import { nextVersion, QUOTE, targetsOf } from "./traversal-parts.ts";
import type { Traversal } from "./traversals.ts";
import { asVertex, upsertEdges } from "./upsert.ts";

/* Traversals of the admin operations. As in traversals.ts: only Gremlin that Neptune runs. */
const { t, P, statics: __ } = gremlin.process;

const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());

/** Yields the vertices of up to `atMost` tickers with a price. */
export function quotes(atMost: number): Traversal {
  return g
    .V()
    .hasLabel("Ticker")
    .has("price")
    .limit(atMost)
    .elementMap(...QUOTE);
}

/** Yields the vertex of the ticker, if it exists. */
export function quote(ticker: Ticker): Traversal {
  return g.V(tickerVertexId(ticker)).elementMap(...QUOTE);
}

/** Yields the vertex of the user, if it exists, and its list, in the order of `watched`. */
export function user(userId: string): Traversal {
  const baskets = () => __.out("lists").hasLabel("Basket");
  return g.V(userVertexId(userId)).union(
    __.elementMap("version"),
    baskets().elementMap("version"),
    __.outE("lists").id(),
    baskets().outE("includes").id(),
    __.out("lists")
      .hasLabel("Ticker")
      .elementMap(...QUOTE),
    baskets()
      .out("includes")
      .elementMap(...QUOTE),
  );
}

/** Yields the ids of the edges from users to these connections. Without an id it would read all connections. */
export function usersOf(connectionIds: readonly [string, ...string[]]): Traversal {
  return g
    .V(...connectionIds.map(connectionVertexId))
    .inE("endpoint")
    .id();
}

/** Yields 0 when the list would exceed `limits`; then nothing is changed, except that the user exists. */
export function addToList(userId: string, watches: Watches, limits: WatchLimits, at: Date): Traversal {
  const from = userVertexId(userId);
  const targets = targetsOf(watches);
  const others = () => __.outE("lists").not(__.hasId(...targets.map(({ id }) => edgeId(from, id))));
  let start = g.mergeV(asVertex({ label: "User", id: from })).where(
    others()
      .count()
      .is(P.lte(limits.watches - targets.length)),
  );
  if (watches.baskets.length > 0) {
    const room = limits.baskets - watches.baskets.length;
    start = start.where(others().where(__.inV().hasLabel("Basket")).count().is(P.lte(room)));
  }
  return upsertEdges(nextVersion(start, at), "lists", from, targets).count();
}

export function removeFromList(userId: string, watches: Watches, at: Date): Traversal {
  const from = userVertexId(userId);
  return nextVersion(g.V(from), at)
    .outE("lists")
    .hasId(...targetsOf(watches).map(({ id }) => edgeId(from, id)))
    .drop();
}

/** Yields `{id, connectedAt, expiresAt, users, tickers, baskets}` for up to `atMost` connections; `users` are edge ids. */
export function connectionDetails(atMost: number): Traversal {
  const own = (label: string) => __.out("watching").hasLabel(label).count();
  return g
    .V()
    .hasLabel("Connection")
    .limit(atMost)
    .project("id", "connectedAt", "expiresAt", "users", "tickers", "baskets")
    .by(t.id)
    .by("connectedAt")
    .by("expiresAt")
    .by(__.inE("endpoint").id().fold())
    .by(own("Ticker"))
    .by(own("Basket"));
}

export function countConnections(): Traversal {
  return g.V().hasLabel("Connection").count();
}

/** Yields the vertex ids of up to `atMost` connections. */
export function someConnections(atMost: number): Traversal {
  return g.V().hasLabel("Connection").limit(atMost).id();
}

/** Yields the number of dropped edges of users and baskets: 0 when a connection exists. */
export function dropEdgesUnlessConnected(atMost: number): Traversal {
  return unlessConnected()
    .hasLabel("User", "Basket")
    .outE("lists", "includes")
    .limit(atMost)
    .sideEffect(__.drop())
    .count();
}

/** Yields the number of dropped vertices: 0 when a connection exists. */
export function dropVerticesUnlessConnected(atMost: number): Traversal {
  return unlessConnected().hasLabel("User", "Basket", "Ticker").limit(atMost).sideEffect(__.drop()).count();
}

/** Yields 1 when the graph has a vertex, else 0. */
export function countUpToOne(): Traversal {
  return g.V().limit(1).count();
}

/**
 * All vertices, or none when one of them is a connection. It is one query with the drop: a mutation query locks what it
 * reads, and the gap where it finds nothing, until it is committed, so a concurrent connect waits or conflicts:
 * https://docs.aws.amazon.com/neptune/latest/userguide/transactions-neptune.html
 */
function unlessConnected(): Traversal {
  return g.V().hasLabel("Connection").limit(1).count().is(0).V();
}
