import type { WireQuote } from "#protocol/messages.ts";
import { toWireQuote } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { type Problem, userNotFound } from "./problem.ts";

/**
 * About 1 MB of the 6 MB of a Lambda response.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_QUOTES = 10_000;

export interface PricesAnswer {
  /** Sorted by ticker. */
  readonly quotes: readonly WireQuote[];
  /** Present when there are more quotes; the graph chooses which are returned. */
  readonly truncated?: true;
}

/**
 * The last prices of at most 10,000 tickers, or of all tickers and baskets on the list of a user.
 * @throws {GraphError} when the graph failed.
 */
export async function showPrices(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  userId: string | undefined,
): Promise<PricesAnswer | Problem> {
  if (userId !== undefined) {
    const watched = await subscriptions.user(userId);
    return watched ? { quotes: watched.quotes.map(toWireQuote) } : userNotFound(userId);
  }
  const quotes = await subscriptions.quotes(MAX_QUOTES + 1);
  const isTruncated = quotes.length > MAX_QUOTES;
  return { quotes: quotes.slice(0, MAX_QUOTES).map(toWireQuote), ...(isTruncated && { truncated: true }) };
}
