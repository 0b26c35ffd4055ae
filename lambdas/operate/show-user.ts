import type { WireBasket, WireQuote } from "#protocol/messages.ts";
import { toWire, toWireBasket } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { allOf, firstOf } from "./listing.ts";
import { noUser, type Problem } from "./problem.ts";

export interface UserAnswer {
  readonly user: { readonly id: string; readonly version: number };
  readonly tickers: readonly string[];
  readonly baskets: readonly WireBasket[];
  /** The ids of the first 1,000, in order. */
  readonly connections: readonly string[];
  readonly quotes: readonly WireQuote[];
}

/**
 * A user's list, the last prices of all that is on it, and the user's connections.
 * @throws {GraphError} when the graph could not be asked.
 */
export async function showUser(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  userId: string,
): Promise<UserAnswer | Problem> {
  const watched = await subscriptions.user(userId);
  if (!watched?.user) return noUser(userId);
  const { user, tickers, baskets, quotes } = watched;
  const connections = firstOf(await allOf(subscriptions.connectionsOf(userId)));
  return { user, tickers, baskets: baskets.map(toWireBasket), connections, quotes: quotes.map(toWire) };
}
