import pMap from "p-map";
import { MAX_CONCURRENT_POSTS } from "../connections/connections.ts";
import type { Ports } from "../delivery/deliver.ts";

/** Four rounds: fits into the Lambda timeout of 60 s even if each round takes the maximum of 9 s. */
const MAX_CONNECTIONS = 4 * MAX_CONCURRENT_POSTS;

/** Vertices or edges per transaction: larger ones may exceed the evaluation timeout of Neptune. */
const STEP = 500;
const MAX_STEPS = 4;

export interface CleanAnswer {
  /** Connections that were closed and deleted. */
  readonly closed: number;
  /** Connections that could not be closed. They are kept, and so are all tickers. Absent when 0. */
  readonly failed?: number;
  /** Dropped tickers, users and baskets. Their edges are dropped first and not counted. */
  readonly dropped: number;
  /** Whether the graph is empty. */
  readonly done: boolean;
}

/**
 * Does a bounded part of emptying the graph; call it until `done`. Closes and deletes 256 connections; when
 * none is left, drops 2,000 edges or vertices of tickers, users and baskets.
 *
 * The drop query also checks that no connection exists, because dropping a ticker ends its subscriptions.
 * @throws {GraphError} when the graph failed. A retry is safe.
 */
export async function clean(ports: Ports): Promise<CleanAnswer> {
  const connectionIds = await ports.subscriptions.someConnections(MAX_CONNECTIONS);
  if (connectionIds.length > 0)
    return { ...(await closeAndDelete(ports, connectionIds)), dropped: 0, done: false };

  let dropped = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { vertices, isEmpty } = await ports.subscriptions.dropUnlessConnected(STEP);
    dropped += vertices;
    if (isEmpty) return { closed: 0, dropped, done: true };
  }
  return { closed: 0, dropped, done: false };
}

async function closeAndDelete(
  { subscriptions, connections }: Ports,
  connectionIds: readonly string[],
): Promise<Pick<CleanAnswer, "closed" | "failed">> {
  let closed = 0;
  for (let from = 0; from < connectionIds.length; from += MAX_CONCURRENT_POSTS) {
    const batch = connectionIds.slice(from, from + MAX_CONCURRENT_POSTS);
    const areClosed = await pMap(batch, (connectionId) => connections.close(connectionId));
    const closedIds = batch.filter((_, index) => areClosed[index]);
    await subscriptions.deleteConnections(closedIds);
    closed += closedIds.length;
  }
  const failed = connectionIds.length - closed;
  return { closed, ...(failed > 0 && { failed }) };
}
