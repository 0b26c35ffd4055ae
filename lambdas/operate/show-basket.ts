import type { WireBasket, WireQuote } from "#protocol/messages.ts";
import { toWire, toWireBasket } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { allOf } from "./listing.ts";
import type { Problem } from "./problem.ts";

export interface BasketAnswer {
  readonly basket: WireBasket;
  readonly quotes: readonly WireQuote[];
  /** Connections that watch the basket, themselves or through their user. */
  readonly watchers: number;
}

/**
 * A basket, the last prices of its tickers, and how many watch it; these are all read to be counted.
 * @throws {GraphError} when the graph could not be asked.
 */
export async function showBasket(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  name: string,
): Promise<BasketAnswer | Problem> {
  const found = await subscriptions.basket(name);
  if (!found) return { problem: `There is no basket ${name}.` };
  const watchers = await allOf(subscriptions.watchersOfBasket(name));
  return { basket: toWireBasket(found.basket), quotes: found.quotes.map(toWire), watchers: watchers.size };
}
