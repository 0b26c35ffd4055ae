import type { Subscriptions } from "../graph/subscriptions.ts";
import { MAX_LISTED } from "./listing.ts";

export interface ConnectionsAnswer {
  /** At most 1,000, chosen by the graph, sorted by id. */
  readonly connections: readonly {
    readonly id: string;
    /** ISO 8601 UTC, like `expiresAt`. */
    readonly connectedAt: string;
    readonly expiresAt: string;
    readonly user?: string;
    /** The number of tickers subscribed directly, without the list of its user. */
    readonly tickers: number;
    /** The number of baskets subscribed directly, without the list of its user. */
    readonly baskets: number;
  }[];
  /** The number of all connections. */
  readonly total: number;
}

/**
 * The connections in the graph.
 * @throws {GraphError} when the graph failed.
 */
export async function showConnections({
  subscriptions,
}: {
  readonly subscriptions: Subscriptions;
}): Promise<ConnectionsAnswer> {
  const details = await subscriptions.connectionDetails(MAX_LISTED);
  const total = await subscriptions.countConnections();
  const connections = details.map(({ id, connectedAt, expiresAt, userId, tickers, baskets }) => ({
    id,
    connectedAt: connectedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(userId !== undefined && { user: userId }),
    tickers,
    baskets,
  }));
  return { connections, total };
}
