import type { WireBasket, WireQuote } from "#protocol/messages.ts";
import { toWireBasket, toWireQuote } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { collectIds } from "./listing.ts";
import type { Problem } from "./problem.ts";

export interface BasketAnswer {
  readonly basket: WireBasket;
  readonly quotes: readonly WireQuote[];
  /** The number of connections subscribed to the basket, directly or through a user. */
  readonly watchers: number;
}

/**
 * A basket, the last prices of its tickers, and its number of watchers, which are all read to be counted.
 * @throws {GraphError} when the graph failed.
 */
export async function showBasket(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  name: string,
): Promise<BasketAnswer | Problem> {
  const found = await subscriptions.basket(name);
  if (!found) return { problem: `There is no basket ${name}.` };
  const watchers = await collectIds(subscriptions.watchersOfBasket(name));
  return {
    basket: toWireBasket(found.basket),
    quotes: found.quotes.map(toWireQuote),
    watchers: watchers.size,
  };
}
