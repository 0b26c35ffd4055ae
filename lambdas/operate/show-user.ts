import type { WireBasket, WireQuote } from "#protocol/messages.ts";
import { toWireBasket, toWireQuote } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { collectIds, listIds } from "./listing.ts";
import { type Problem, userNotFound } from "./problem.ts";

export interface UserAnswer {
  readonly user: { readonly id: string; readonly version: number };
  readonly tickers: readonly string[];
  readonly baskets: readonly WireBasket[];
  /** The first 1,000 ids, sorted. */
  readonly connections: readonly string[];
  readonly quotes: readonly WireQuote[];
}

/**
 * The list of a user, its last prices, and the connections of the user.
 * @throws {GraphError} when the graph failed.
 */
export async function showUser(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  userId: string,
): Promise<UserAnswer | Problem> {
  const watched = await subscriptions.user(userId);
  if (!watched?.user) return userNotFound(userId);
  const { user, tickers, baskets, quotes } = watched;
  const connections = listIds(await collectIds(subscriptions.connectionsOf(userId)));
  return { user, tickers, baskets: baskets.map(toWireBasket), connections, quotes: quotes.map(toWireQuote) };
}
