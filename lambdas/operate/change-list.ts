import { MAX_BASKETS, MAX_WATCHES } from "#protocol/messages.ts";
import type { Ports } from "../delivery/deliver.ts";
import type { Watched, Watches } from "../graph/subscriptions.ts";
import { sendToOthers } from "../watch/send-to-others.ts";
import { type Problem, userNotFound } from "./problem.ts";

export interface ListAnswer {
  readonly user: { readonly id: string; readonly version: number };
  /** The number of tickers and baskets on the list. */
  readonly watching: number;
}

const LIMITS = { watches: MAX_WATCHES, baskets: MAX_BASKETS };

/** The operator has no connection, so no connection of the user is skipped. */
const NO_CONNECTION = "";

/**
 * Adds to the list of a user, all or nothing, then sends the list and its last prices to the user's
 * connections. Creates an unknown user.
 *
 * Writes the edges before it reads the prices, like a watch. All prices are sent, because a retry after a
 * lost response cannot determine the added entries.
 * @throws {GraphError} when the graph failed. A retry is safe.
 */
export async function addToList(
  ports: Ports,
  userId: string,
  watches: Watches,
): Promise<ListAnswer | Problem> {
  const isWatching = await ports.subscriptions.addToList(userId, watches, LIMITS);
  const watched = await ports.subscriptions.user(userId);
  if (isWatching) return await sendList(ports, userId, watched);
  const { tickers = [], baskets = [] } = watched ?? {};
  return {
    problem:
      `Expected at most ${MAX_WATCHES} tickers and baskets per user, and at most ${MAX_BASKETS} baskets; ` +
      `${userId} watches ${tickers.length} tickers and ${baskets.length} baskets. Nothing was added.`,
  };
}

/**
 * Removes from the list of a user, then sends the list to all connections of the user.
 * @throws {GraphError} when the graph failed. A retry is safe.
 */
export async function removeFromList(
  ports: Ports,
  userId: string,
  watches: Watches,
): Promise<ListAnswer | Problem> {
  await ports.subscriptions.removeFromList(userId, watches);
  const watched = await ports.subscriptions.user(userId);
  return await sendList(ports, userId, watched && { ...watched, quotes: [] });
}

async function sendList(
  ports: Ports,
  userId: string,
  watched: Watched | undefined,
): Promise<ListAnswer | Problem> {
  if (!watched?.user) return userNotFound(userId);
  const { isSettled } = await sendToOthers(ports, NO_CONNECTION, watched, watched.quotes);
  if (!isSettled) {
    return {
      problem: `The list of ${userId} was changed, but not sent to all connections of the user. Retry.`,
    };
  }
  return { user: watched.user, watching: watched.tickers.length + watched.baskets.length };
}
