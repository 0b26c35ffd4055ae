import { isConnectionId } from "../connections/connections.ts";
import { type FanOutPorts, type FanOutResult, fanOut } from "../fan-out/fan-out.ts";
import type { News, Recipient } from "../fan-out/news.ts";
import { toWire } from "../messages.ts";
import type { Quote } from "../quote.ts";
import type { PublishForm } from "./form.ts";

/** What became of a publish, as its caller is told. */
export type PublishSummary = { readonly quotes: number } & FanOutResult;

/** Where the time of a publish went, in milliseconds; reading who watches is part of telling them. */
export interface PublishTimes {
  readonly graphWriteMs: number;
  readonly graphReadMs: number;
  readonly postsMs: number;
}

/**
 * Stores prices, then tells whoever watches them; each connection gets one message with what it watches.
 *
 * Exactly two requests to the graph, the second after the final response of the first. So of a watch and a publish that
 * race at least one sees the other, and nobody is told of a version that is not committed.
 * @param directWatchers the most that are told here and now; more are queued, by pages.
 * @throws {GraphError | QueueError} when the graph could not be asked, or not everybody be queued. Publishing again is
 *   harmless.
 */
export async function publish(
  ports: FanOutPorts,
  { prices, connectionIds }: PublishForm,
  at: Date,
  directWatchers: number,
): Promise<{ readonly summary: PublishSummary; readonly times: PublishTimes }> {
  const lap = startStopwatch();
  const quotes = await ports.subscriptions.recordPrices(prices, at);
  const graphWriteMs = lap();
  let graphReadMs = 0;
  const named = connectionIds.filter(isConnectionId);
  const audience = whoIsTold(ports, quotes, named, () => {
    graphReadMs = lap();
  });
  const news: News = { action: "quotes", quotes: quotes.map(toWire) };
  const told = await fanOut(ports, news, audience, directWatchers);
  const result = withGone(told, connectionIds.length - named.length);
  return {
    summary: { quotes: quotes.length, ...result },
    times: { graphWriteMs, graphReadMs, postsMs: lap() },
  };
}

/** Those who watch, and those that the publisher names: they are told of everything, watching or not. */
async function* whoIsTold(
  { subscriptions }: FanOutPorts,
  quotes: readonly Quote[],
  connectionIds: readonly string[],
  onRead: () => void,
): AsyncGenerator<readonly Recipient[]> {
  const named = new Set(connectionIds);
  for await (const watchers of subscriptions.watchersOf(quotes.map(({ ticker }) => ticker))) {
    yield watchers.filter(({ connectionId }) => !named.has(connectionId));
  }
  onRead();
  yield connectionIds.map((connectionId) => ({ connectionId }));
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
