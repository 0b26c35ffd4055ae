import type { Quote } from "#protocol/quote.ts";
import { isConnectionId } from "../connections/connections.ts";
import { type FanOutPorts, type FanOutResult, fanOut } from "../delivery/fan-out.ts";
import { toWireQuote } from "../delivery/messages.ts";
import type { Recipient, Update } from "../delivery/news.ts";
import type { PublishForm } from "./form.ts";

/** The response body of a publish. */
export type PublishSummary = {
  /** Stored prices. */
  readonly quotes: number;
  /** Prices not stored because the stored one has a later publish time; absent when 0. */
  readonly superseded?: number;
} & FanOutResult;

/** Durations of the phases of a publish, in milliseconds. `postsMs` begins after the watcher read. */
export interface PublishTimes {
  readonly graphWriteMs: number;
  readonly graphReadMs: number;
  readonly postsMs: number;
}

/**
 * Stores prices, then sends each watcher one message with the quotes of its tickers. A price older than the
 * stored one, by `publishedAt`, is neither stored nor sent.
 *
 * Makes two graph requests in sequence, write then read: of a concurrent watch and publish at least one sees
 * the other, and no version is sent before it is committed.
 * @param publishedAt the arrival at the gateway, or the time given by the publisher.
 * @param directWatchers the most watchers that this call posts to; more are queued.
 * @throws {GraphError | QueueError} when the graph or the queue failed. A retry is safe.
 */
export async function publish(
  ports: FanOutPorts,
  { prices, connectionIds }: PublishForm,
  publishedAt: Date,
  directWatchers: number,
): Promise<{ readonly summary: PublishSummary; readonly times: PublishTimes }> {
  const lap = startStopwatch();
  const quotes = await ports.subscriptions.recordPrices(prices, publishedAt);
  const graphWriteMs = lap();
  let graphReadMs = 0;
  const named = connectionIds.filter(isConnectionId);
  const superseded = prices.length - quotes.length;
  const recipients = readRecipients(ports, quotes, named, () => {
    graphReadMs = lap();
  });
  const update: Update = { action: "quotes", quotes: quotes.map(toWireQuote) };
  const result = await fanOut(ports, update, recipients, directWatchers);
  const counts = addInvalidIds(result, connectionIds.length - named.length);
  return {
    summary: { quotes: quotes.length, ...(superseded > 0 && { superseded }), ...counts },
    times: { graphWriteMs, graphReadMs, postsMs: lap() },
  };
}

/** The watchers, then the connections named by the publisher, which receive all quotes. */
async function* readRecipients(
  { subscriptions }: FanOutPorts,
  quotes: readonly Quote[],
  connectionIds: readonly string[],
  onRead: () => void,
): AsyncGenerator<readonly Recipient[]> {
  if (quotes.length === 0) return;
  const unverified = new Set(connectionIds);
  const named = new Set(connectionIds);
  for await (const watchers of subscriptions.watchersOf(quotes.map(({ ticker }) => ticker))) {
    for (const { connectionId } of watchers) unverified.delete(connectionId);
    yield watchers.filter(({ connectionId }) => !named.has(connectionId));
  }
  onRead();
  yield connectionIds.map((connectionId) => ({
    connectionId,
    ...(unverified.has(connectionId) && { isUnverified: true }),
  }));
}

/** Counts malformed connection ids as `gone`, without a request for them. */
function addInvalidIds(result: FanOutResult, count: number): FanOutResult {
  const watchers = result.watchers + count;
  return "gone" in result ? { ...result, watchers, gone: result.gone + count } : result;
}

/** Each call of the result returns the milliseconds since the previous call, rounded to a tenth. */
function startStopwatch(): () => number {
  let lastMs = performance.now();
  return () => {
    const nowMs = performance.now();
    const lapMs = nowMs - lastMs;
    lastMs = nowMs;
    return Math.round(lapMs * 10) / 10;
  };
}
