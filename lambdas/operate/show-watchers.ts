import type { WireQuote } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import { toWire } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { allOf, firstOf } from "./listing.ts";

export interface WatchersAnswer {
  readonly ticker: string;
  /** Absent when the ticker never had a price. */
  readonly quote?: WireQuote;
  readonly watchers: number;
  /** The first 1,000 of them, in order of their ids. */
  readonly connections: readonly { readonly id: string; readonly user?: string }[];
}

/**
 * Who would be told of a publish: by the very read that a publish makes, so it costs as much as one.
 * @throws {GraphError} when the graph could not be asked.
 */
export async function showWatchers(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  ticker: Ticker,
): Promise<WatchersAnswer> {
  const quote = await subscriptions.quote(ticker);
  const watchers = await allOf(watchersOf(subscriptions, ticker));
  const ids = firstOf(watchers);
  const users = await subscriptions.usersOf(ids);
  const connections = ids.map((id) => {
    const user = users.get(id);
    return { id, ...(user !== undefined && { user }) };
  });
  return { ticker, ...(quote && { quote: toWire(quote) }), watchers: watchers.size, connections };
}

async function* watchersOf(subscriptions: Subscriptions, ticker: Ticker): AsyncGenerator<readonly string[]> {
  for await (const batch of subscriptions.watchersOf([ticker])) {
    yield batch.map(({ connectionId }) => connectionId);
  }
}
