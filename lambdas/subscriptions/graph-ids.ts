import { parseTicker, type Ticker } from "../quote.ts";
import type { Watch } from "./subscriptions.ts";

/*
 * Vertices and edges have ids of our own, so that every write is an upsert on an id, and an edge's id alone tells both
 * its ends: reading watchers needs no vertex.
 */
const CONNECTION = "connection:";
const TICKER = "ticker:";
const BETWEEN = "|";

export const connectionVertexId = (connectionId: string): string => CONNECTION + connectionId;

export const tickerVertexId = (ticker: Ticker): string => TICKER + ticker;

export const watchingEdgeId = (connectionId: string, ticker: Ticker): string =>
  connectionVertexId(connectionId) + BETWEEN + tickerVertexId(ticker);

/** The ticker that a vertex id names, or `undefined` when it names none. */
export function tickerOf(vertexId: string): Ticker | undefined {
  const ticker = vertexId.startsWith(TICKER) ? parseTicker(vertexId.slice(TICKER.length)) : undefined;
  // `ticker:aapl` is not ours: read as AAPL it would stand for another vertex.
  return ticker !== undefined && tickerVertexId(ticker) === vertexId ? ticker : undefined;
}

/** The watch that an edge id tells of, or `undefined` when it tells of none. */
export function watchOf(edgeId: string): Watch | undefined {
  const [from, to, ...rest] = edgeId.split(BETWEEN);
  const ticker = to === undefined ? undefined : tickerOf(to);
  if (!from?.startsWith(CONNECTION) || ticker === undefined || rest.length > 0) return undefined;
  return { connectionId: from.slice(CONNECTION.length), ticker };
}
