import type { Ports } from "../connections/deliver.ts";
import { errorMessage, pong, quotesAnswer } from "../messages.ts";
import { CONNECTION_LIMIT_MS, MAX_TICKERS_PER_CONNECTION, type ServerMessage } from "../protocol.ts";
import type { Ticker } from "../quote.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import type { ParsedMessage, Request } from "./message.ts";

/** Remembers a connection, at its `$connect`. Nothing may be posted to it yet: its socket is not open. */
export async function connect(
  { subscriptions }: Ports,
  connectionId: string,
  connectedAt: Date,
): Promise<void> {
  const expiresAt = new Date(connectedAt.getTime() + CONNECTION_LIMIT_MS);
  await subscriptions.connect({ id: connectionId, connectedAt, expiresAt });
}

/** Forgets a connection with all that it watches. */
export async function disconnect({ subscriptions }: Ports, connectionId: string): Promise<void> {
  await subscriptions.forget(connectionId);
}

/**
 * What a message is answered with, or `undefined` when there is nothing left to say: a connection that the graph does
 * not know (it was forgotten while it lived) is told so and closed, whatever it asked. Its page connects again and
 * watches anew. That cannot be an ordinary answer, which would come after the close.
 * @throws {GraphError} when the graph could not be asked. The page repeats what is not answered.
 */
export async function answer(
  ports: Ports,
  connectionId: string,
  message: ParsedMessage,
): Promise<ServerMessage | undefined> {
  const reply = message.ok
    ? await fulfil(ports.subscriptions, connectionId, message.request)
    : (await ports.subscriptions.isConnected(connectionId)) && message.error;
  if (reply) return reply;

  const farewell = errorMessage(
    "unknown-connection",
    "This connection is not known any more. Connect again.",
  );
  await ports.connections.post(connectionId, JSON.stringify(farewell));
  await ports.connections.close(connectionId);
  return undefined;
}

/** The reply to a request; `undefined` when the graph does not know the connection. */
async function fulfil(
  subscriptions: Subscriptions,
  connectionId: string,
  request: Request,
): Promise<ServerMessage | undefined> {
  switch (request.action) {
    case "watch":
      return await watch(subscriptions, connectionId, request.tickers);
    case "unwatch":
      return await unwatch(subscriptions, connectionId, request.tickers);
    case "ping":
      return (await subscriptions.isConnected(connectionId)) ? pong(request.name) : undefined;
  }
}

/**
 * Exactly two requests to the graph, the edges and after them the last prices: a price published in between is either
 * read here, or its publisher has seen the edges.
 */
async function watch(
  subscriptions: Subscriptions,
  connectionId: string,
  tickers: readonly Ticker[],
): Promise<ServerMessage | undefined> {
  const isWatching = await subscriptions.watch(connectionId, tickers, MAX_TICKERS_PER_CONNECTION);
  const watched = await subscriptions.watched(connectionId);
  if (!watched) return undefined;
  if (!isWatching) {
    return errorMessage(
      "too-many",
      `Expected at most ${MAX_TICKERS_PER_CONNECTION} tickers a connection; this one watches ${watched.tickers.length}.`,
    );
  }
  const asked = new Set(tickers);
  return quotesAnswer(
    connectionId,
    watched.tickers,
    watched.quotes.filter(({ ticker }) => asked.has(ticker)),
  );
}

async function unwatch(
  subscriptions: Subscriptions,
  connectionId: string,
  tickers: readonly Ticker[],
): Promise<ServerMessage | undefined> {
  await subscriptions.unwatch(connectionId, tickers);
  const watched = await subscriptions.watched(connectionId);
  return watched && quotesAnswer(connectionId, watched.tickers, []);
}
