import pMap from "p-map";
import { POSTS_AT_ONCE } from "../connections/connections.ts";
import { type Delivery, deliver, type Ports } from "../connections/deliver.ts";
import type { Quote, Ticker } from "../quote.ts";
import type { PublishForm } from "./form.ts";

/** What became of a publish, as its caller is told. `failed` is there only when some watcher could not be settled. */
export interface PublishSummary {
  readonly quotes: number;
  readonly watchers: number;
  readonly delivered: number;
  readonly gone: number;
  readonly closed: number;
  readonly failed?: number;
}

/** Where the time of a publish went, in milliseconds. */
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
 * @throws {GraphError} when the graph could not be asked. Publishing again is harmless.
 */
export async function publish(
  ports: Ports,
  { prices, connectionIds }: PublishForm,
  at: Date,
): Promise<{ readonly summary: PublishSummary; readonly times: PublishTimes }> {
  const lap = startStopwatch();
  const quotes = await ports.subscriptions.recordPrices(prices, at);
  const graphWriteMs = lap();
  const told = await whoIsTold(ports, quotes, connectionIds);
  const graphReadMs = lap();

  const count: Record<Delivery, number> = { delivered: 0, gone: 0, closed: 0, failed: 0 };
  const tell = async ([connectionId, tickers]: [string, ReadonlySet<Ticker>]) => {
    const theirs = quotes.filter(({ ticker }) => tickers.has(ticker));
    count[await deliver(ports, connectionId, theirs)] += 1;
  };
  await pMap(told, tell, { concurrency: POSTS_AT_ONCE });

  const { failed, ...settled } = count;
  return {
    summary: { quotes: quotes.length, watchers: told.size, ...settled, ...(failed > 0 && { failed }) },
    times: { graphWriteMs, graphReadMs, postsMs: lap() },
  };
}

/** Each connection that is to be told, with the tickers that it is to be told of. */
async function whoIsTold(
  { subscriptions }: Ports,
  quotes: readonly Quote[],
  connectionIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<Ticker>>> {
  const tickers = quotes.map(({ ticker }) => ticker);
  const told = new Map<string, Set<Ticker>>();
  for await (const watches of subscriptions.watchersOf(tickers)) {
    for (const { connectionId, ticker } of watches) {
      const theirs = told.get(connectionId);
      if (theirs) theirs.add(ticker);
      else told.set(connectionId, new Set([ticker]));
    }
  }
  for (const connectionId of connectionIds) told.set(connectionId, new Set(tickers));
  return told;
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
