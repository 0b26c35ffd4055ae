import type { WireBasket } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import { type FanOutPorts, type FanOutResult, fanOut } from "../delivery/fan-out.ts";
import { toWire, toWireBasket } from "../delivery/messages.ts";
import type { Recipient, Update } from "../delivery/news.ts";
import type { Problem } from "./problem.ts";

/**
 * Says what a basket includes, then tells those who watch it of the basket and the last prices of its tickers.
 *
 * Whoever adds an edge delivers to everything below it: of this and a publish, or a watch, that race, at least one sees the
 * other. All the prices are told and not just those of new tickers: which are new is not known to a change that is
 * repeated because its answer was lost.
 * @param directWatchers the most that are told here and now; more are queued, by pages.
 * @throws {GraphError | QueueError} when the graph could not be asked, or not everybody be queued. Repeating is harmless.
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
      problem: `Expected ${name} not to change meanwhile: a later change was stored. Show it, and retry.`,
    };
  }
  const { basket, quotes } = (await ports.subscriptions.basket(name)) ?? {
    basket: { name, version: 0, tickers: [] },
    quotes: [],
  };
  const wireBasket = toWireBasket(basket);
  const news: Update = { action: "quotes", baskets: [wireBasket], quotes: quotes.map(toWire) };
  const result = await fanOut(ports, news, watchersOf(ports, name), directWatchers);
  return { basket: wireBasket, ...result };
}

async function* watchersOf(
  { subscriptions }: FanOutPorts,
  basketName: string,
): AsyncGenerator<readonly Recipient[]> {
  for await (const connectionIds of subscriptions.watchersOfBasket(basketName)) {
    yield connectionIds.map((connectionId) => ({ connectionId }));
  }
}
