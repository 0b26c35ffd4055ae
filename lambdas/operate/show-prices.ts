import type { WireQuote } from "#protocol/messages.ts";
import { toWire } from "../delivery/messages.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { noUser, type Problem } from "./problem.ts";

/** Some 1 MB: Lambda takes answers of up to 6 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_QUOTES = 10_000;

export interface PricesAnswer {
  /** In order of the alphabet. */
  readonly quotes: readonly WireQuote[];
  /** There when there are more. Which are shown is for the graph to say. */
  readonly truncated?: true;
}

/**
 * The last prices of all tickers, or of those on a user's list, by name and by basket. Of all tickers it reads 10,000 at most.
 * @throws {GraphError} when the graph could not be asked.
 */
export async function showPrices(
  { subscriptions }: { readonly subscriptions: Subscriptions },
  userId: string | undefined,
): Promise<PricesAnswer | Problem> {
  if (userId !== undefined) {
    const watched = await subscriptions.user(userId);
    return watched ? { quotes: watched.quotes.map(toWire) } : noUser(userId);
  }
  const quotes = await subscriptions.quotes(MAX_QUOTES + 1);
  const isTruncated = quotes.length > MAX_QUOTES;
  return { quotes: quotes.slice(0, MAX_QUOTES).map(toWire), ...(isTruncated && { truncated: true }) };
}
