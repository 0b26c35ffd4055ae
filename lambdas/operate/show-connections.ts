import type { Subscriptions } from "../graph/subscriptions.ts";
import { MAX_LISTED } from "./listing.ts";

export interface ConnectionsAnswer {
  /** At most 1,000, as the graph finds them, in order of their ids. */
  readonly connections: readonly {
    readonly id: string;
    /** ISO 8601 in UTC, as is `expiresAt`. */
    readonly connectedAt: string;
    readonly expiresAt: string;
    readonly user?: string;
    /** How many tickers it watches by itself; the user's list is not counted. */
    readonly tickers: number;
    /** How many baskets it watches by itself. */
    readonly baskets: number;
  }[];
  /** How many there are in all. */
  readonly total: number;
}

/**
 * The connections that the graph knows.
 * @throws {GraphError} when the graph could not be asked.
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
