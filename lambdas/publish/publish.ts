import type { Quote } from "#protocol/quote.ts";
import { isConnectionId } from "../connections/connections.ts";
import { type FanOutPorts, type FanOutResult, fanOut } from "../delivery/fan-out.ts";
import { toWire } from "../delivery/messages.ts";
import type { Recipient, Update } from "../delivery/news.ts";
import type { PublishForm } from "./form.ts";

/** The result of a publish, as its caller gets it. */
export type PublishSummary = {
  /** Stored prices. */
  readonly quotes: number;
  /** Prices that were not stored, because a price with a later publish time was. Absent when there is none. */
  readonly superseded?: number;
} & FanOutResult;

/** Where the time of a publish went, in milliseconds; reading who watches is part of telling them. */
export interface PublishTimes {
  readonly graphWriteMs: number;
  readonly graphReadMs: number;
  readonly postsMs: number;
}

/**
 * Stores prices, then sends each watcher one message with the quotes that it watches.
 *
 * Exactly two requests to the graph, the second after the final response of the first: of a watch and a publish that race
 * at least one sees the other, and no version is sent before it is committed. Prices are ordered by `publishedAt`: one
 * that is older than the stored price is neither stored nor sent.
 * @param publishedAt the arrival at the gateway, or the time that the publisher gave.
 * @param directWatchers the most watchers that this call posts to; more are queued, by pages.
 * @throws {GraphError | QueueError} when the graph or the queue failed. Repeating the publish is harmless.
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
  const audience = whoIsTold(ports, quotes, named, () => {
    graphReadMs = lap();
  });
  const news: Update = { action: "quotes", quotes: quotes.map(toWire) };
  const told = await fanOut(ports, news, audience, directWatchers);
  const result = withGone(told, connectionIds.length - named.length);
  return {
    summary: { quotes: quotes.length, ...(superseded > 0 && { superseded }), ...result },
    times: { graphWriteMs, graphReadMs, postsMs: lap() },
  };
}

/** The watchers, and the connections that the publisher names: these get everything, watching or not. */
async function* whoIsTold(
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

/** What can be no connection counts as gone, without ever being asked for. */
function withGone(result: FanOutResult, count: number): FanOutResult {
  const watchers = result.watchers + count;
  return "gone" in result ? { ...result, watchers, gone: result.gone + count } : result;
}

/** Each call gives the milliseconds since the one before it, to a tenth. */
function startStopwatch(): () => number {
  let lastMs = performance.now();
  return () => {
    const nowMs = performance.now();
    const lapMs = nowMs - lastMs;
    lastMs = nowMs;
    return Math.round(lapMs * 10) / 10;
  };
}
