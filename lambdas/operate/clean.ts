import pMap from "p-map";
import { POSTS_AT_ONCE } from "../connections/connections.ts";
import type { Ports } from "../delivery/deliver.ts";

/** Four rounds of closing: even if none can be reached, which takes 9 s a round, that fits into the Lambda's minute. */
const MAX_CONNECTIONS = 4 * POSTS_AT_ONCE;

/** What one transaction drops; one of Neptune's that drops more may not end within its evaluation timeout. */
const STEP = 500;
const MAX_STEPS = 4;

export interface CleanAnswer {
  /** Connections that were closed, and forgotten. */
  readonly closed: number;
  /** Connections that could not be closed; they are kept, and so are all tickers. Absent when there is none. */
  readonly failed?: number;
  /** Tickers, users and baskets that were dropped. Before the first of them goes what joins them, which is not counted. */
  readonly dropped: number;
  /** Whether the graph was empty at the end. */
  readonly done: boolean;
}

/**
 * Does a bounded part of emptying the graph: closes and forgets 256 connections; when none is left, drops 2,000 edges or
 * vertices of tickers, users and baskets. Repeat until it is done.
 *
 * The query that drops vertices also checks that no connection exists: dropping a ticker would end its subscriptions.
 * @throws {GraphError} when the graph could not be asked. Repeating is harmless.
 */
export async function clean(ports: Ports): Promise<CleanAnswer> {
  const connectionIds = await ports.subscriptions.someConnections(MAX_CONNECTIONS);
  if (connectionIds.length > 0)
    return { ...(await forgetSome(ports, connectionIds)), dropped: 0, done: false };

  let dropped = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { vertices, isEmpty } = await ports.subscriptions.dropUnlessConnected(STEP);
    dropped += vertices;
    if (isEmpty) return { closed: 0, dropped, done: true };
  }
  return { closed: 0, dropped, done: false };
}

async function forgetSome(
  { subscriptions, connections }: Ports,
  connectionIds: readonly string[],
): Promise<Pick<CleanAnswer, "closed" | "failed">> {
  let closed = 0;
  for (let from = 0; from < connectionIds.length; from += POSTS_AT_ONCE) {
    const some = connectionIds.slice(from, from + POSTS_AT_ONCE);
    const areClosed = await pMap(some, (connectionId) => connections.close(connectionId));
    const gone = some.filter((_, index) => areClosed[index]);
    await subscriptions.forgetAll(gone);
    closed += gone.length;
  }
  const failed = connectionIds.length - closed;
  return { closed, ...(failed > 0 && { failed }) };
}
