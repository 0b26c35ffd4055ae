import type { WireQuote } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import { toWireQuote } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { collectIds, listIds } from "./listing.ts";

export interface WatchersAnswer {
  readonly ticker: string;
  /** Absent when no price was ever published. */
  readonly quote?: WireQuote;
  readonly watchers: number;
  /** The first 1,000, sorted by id. */
  readonly connections: readonly { readonly id: string; readonly user?: string }[];
}

/**
 * The watchers of a ticker. Runs the read of a publish, at the same cost.
 * @throws {GraphError} when the graph failed.
 */
export async function showWatchers(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  ticker: Ticker,
): Promise<WatchersAnswer> {
  const quote = await subscriptions.quote(ticker);
  const watchers = await collectIds(readIds(subscriptions, ticker));
  const ids = listIds(watchers);
  const users = await subscriptions.usersOf(ids);
  const connections = ids.map((id) => {
    const user = users.get(id);
    return { id, ...(user !== undefined && { user }) };
  });
  return { ticker, ...(quote && { quote: toWireQuote(quote) }), watchers: watchers.size, connections };
}

async function* readIds(subscriptions: Subscriptions, ticker: Ticker): AsyncGenerator<readonly string[]> {
  for await (const batch of subscriptions.watchersOf([ticker])) {
    yield batch.map(({ connectionId }) => connectionId);
  }
}
