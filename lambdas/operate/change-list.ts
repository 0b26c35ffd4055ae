import { MAX_BASKETS, MAX_WATCHES } from "#protocol/messages.ts";
import type { Ports } from "../delivery/deliver.ts";
import type { Watched, Watches } from "../graph/subscriptions.ts";
import { tellOthers } from "../watch/tell-others.ts";
import { noUser, type Problem } from "./problem.ts";

export interface ListAnswer {
  readonly user: { readonly id: string; readonly version: number };
  /** How many tickers and baskets are on the list now. */
  readonly watching: number;
}

const LIMITS = { watches: MAX_WATCHES, baskets: MAX_BASKETS };

/** Nobody has asked from a connection, so none is left out when all of the user's are told. */
const NO_CONNECTION = "";

/**
 * Adds to a user's list, all or nothing, then tells all connections of the user of the list and its last prices. A user
 * who is unknown is made.
 *
 * The edges first, and after them the prices, as for a watch. All the prices are told and not just those of what is
 * new: what is new is not known to a change that is repeated because its answer was lost.
 * @throws {GraphError} when the graph could not be asked. Repeating is harmless.
 */
export async function addToList(
  ports: Ports,
  userId: string,
  watches: Watches,
): Promise<ListAnswer | Problem> {
  const isWatching = await ports.subscriptions.addToList(userId, watches, LIMITS);
  const watched = await ports.subscriptions.user(userId);
  if (isWatching) return await tellOfList(ports, userId, watched);
  const { tickers = [], baskets = [] } = watched ?? {};
  return {
    problem:
      `Expected at most ${MAX_WATCHES} tickers and baskets a user, and at most ${MAX_BASKETS} baskets; ` +
      `${userId} watches ${tickers.length} tickers and ${baskets.length} baskets. Nothing was added.`,
  };
}

/**
 * Takes away from a user's list, then tells all connections of the user of the list.
 * @throws {GraphError} when the graph could not be asked. Repeating is harmless.
 */
export async function takeFromList(
  ports: Ports,
  userId: string,
  watches: Watches,
): Promise<ListAnswer | Problem> {
  await ports.subscriptions.takeFromList(userId, watches);
  const watched = await ports.subscriptions.user(userId);
  return await tellOfList(ports, userId, watched && { ...watched, quotes: [] });
}

async function tellOfList(
  ports: Ports,
  userId: string,
  watched: Watched | undefined,
): Promise<ListAnswer | Problem> {
  if (!watched?.user) return noUser(userId);
  const { isSettled } = await tellOthers(ports, NO_CONNECTION, watched, watched.quotes);
  if (!isSettled) {
    return {
      problem: `The list of ${userId} has changed, but not all of the user's connections could be told. Ask again.`,
    };
  }
  return { user: watched.user, watching: watched.tickers.length + watched.baskets.length };
}
