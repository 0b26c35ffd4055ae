import type { WireBasket } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import { type FanOutPorts, type FanOutResult, fanOut } from "../delivery/fan-out.ts";
import { toWireBasket, toWireQuote } from "../delivery/messages.ts";
import type { Recipient, Update } from "../delivery/news.ts";
import type { Problem } from "./problem.ts";

/**
 * Replaces the tickers of a basket, then sends its watchers the basket and all its last prices.
 *
 * The write precedes the reads: of a concurrent change and publish or watch, at least one sees the other. All
 * prices are sent, because a retry after a lost response cannot determine the added tickers.
 * @param directWatchers the most watchers that this call posts to; more are queued.
 * @throws {GraphError | QueueError} when the graph or the queue failed. A retry is safe.
 */
export async function changeBasket(
  ports: FanOutPorts,
  name: string,
  tickers: readonly Ticker[],
  directWatchers: number,
): Promise<({ readonly basket: WireBasket } & FanOutResult) | Problem> {
  const isChanged = await ports.subscriptions.setBasket(name, tickers, new Date());
  if (!isChanged) {
    return {
      problem: `Expected no later change of ${name}, but one is stored. Show the basket, then retry.`,
    };
  }
  const { basket, quotes } = (await ports.subscriptions.basket(name)) ?? {
    basket: { name, version: 0, tickers: [] },
    quotes: [],
  };
  const wireBasket = toWireBasket(basket);
  const update: Update = { action: "quotes", baskets: [wireBasket], quotes: quotes.map(toWireQuote) };
  const result = await fanOut(ports, update, readRecipients(ports, name), directWatchers);
  return { basket: wireBasket, ...result };
}

async function* readRecipients(
  { subscriptions }: FanOutPorts,
  basketName: string,
): AsyncGenerator<readonly Recipient[]> {
  for await (const connectionIds of subscriptions.watchersOfBasket(basketName)) {
    yield connectionIds.map((connectionId) => ({ connectionId }));
  }
}
