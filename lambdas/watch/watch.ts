import { deliver, type Ports } from "../connections/deliver.ts";
import { errorMessage, inParts, pong, watchingMessage } from "../messages.ts";
import {
  CONNECTION_LIMIT_MS,
  type ErrorMessage,
  MAX_BASKETS,
  MAX_WATCHES,
  type QuotesMessage,
  type ServerMessage,
} from "../protocol.ts";
import type { Quote } from "../quote.ts";
import type { Watched, Watches } from "../subscriptions/subscriptions.ts";
import type { ParsedMessage, Request } from "./message.ts";
import { tellOthers } from "./tell-others.ts";

/** Whether a connection may say who its user is: `open`, or only by a token. */
export type UserAccess = "open" | "token";

/** Remembers a connection, at its `$connect`. Nothing may be posted to it yet: its socket is not open. */
export async function connect(
  { subscriptions }: Ports,
  connectionId: string,
  connectedAt: Date,
): Promise<void> {
  const expiresAt = new Date(connectedAt.getTime() + CONNECTION_LIMIT_MS);
  await subscriptions.connect({ id: connectionId, connectedAt, expiresAt });
}

/** Forgets a connection with all that it watches by itself; the list of its user stays. */
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
  userAccess: UserAccess,
): Promise<ServerMessage | undefined> {
  const reply = message.ok
    ? await fulfil(ports, connectionId, message.request, userAccess)
    : (await ports.subscriptions.isConnected(connectionId)) && message.error;
  if (reply) return await inOnePiece(ports, connectionId, withName(reply, message.requestName));

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
  ports: Ports,
  connectionId: string,
  request: Request,
  userAccess: UserAccess,
): Promise<ServerMessage | undefined> {
  switch (request.action) {
    case "watch":
      return await watch(ports, connectionId, request.watches);
    case "unwatch":
      return await unwatch(ports, connectionId, request.watches);
    case "user":
      return await attach(ports, connectionId, request.userId, userAccess);
    case "ping":
      return (await ports.subscriptions.isConnected(connectionId)) ? pong(request.name) : undefined;
  }
}

/**
 * Two requests to the graph, the edges and after them the last prices: a price published in between is either read here,
 * or its publisher has seen the edges. The connection of a user takes the same two again, for the list of its user: who that
 * is only the first read tells. Then the user's other connections are told.
 */
async function watch(
  ports: Ports,
  connectionId: string,
  watches: Watches,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const { subscriptions } = ports;
  const limits = { watches: MAX_WATCHES, baskets: MAX_BASKETS };
  let isWatching = await subscriptions.watch({ connectionId }, watches, limits);
  let watched = await subscriptions.watched(connectionId);
  const user = isWatching ? undefined : watched?.user;
  if (user) {
    isWatching = await subscriptions.watch({ connectionId, userId: user.id }, watches, limits);
    watched = await subscriptions.watched(connectionId);
  }
  if (!watched) return undefined;
  if (!isWatching) return watched.user?.id === user?.id ? tooMany(watched) : USER_CHANGED;
  const quotes = quotesOf(watched, watches);
  if (user && !(await tellOthers(ports, connectionId, watched, quotes))) return NOT_ALL_TOLD;
  return watchingMessage(connectionId, watched, quotes);
}

async function unwatch(
  ports: Ports,
  connectionId: string,
  watches: Watches,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const { subscriptions } = ports;
  await subscriptions.unwatch({ connectionId }, watches);
  let watched = await subscriptions.watched(connectionId);
  if (watched?.user) {
    await subscriptions.unwatch({ connectionId, userId: watched.user.id }, watches);
    watched = await subscriptions.watched(connectionId);
    if (watched && !(await tellOthers(ports, connectionId, watched, []))) return NOT_ALL_TOLD;
  }
  return watched && watchingMessage(connectionId, watched, []);
}

/** Two requests, as for a watch: the edge from the user, and after it all that the user watches. */
async function attach(
  { subscriptions }: Ports,
  connectionId: string,
  userId: string,
  userAccess: UserAccess,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  if (userAccess !== "open") {
    if (!(await subscriptions.isConnected(connectionId))) return undefined;
    return errorMessage("unauthorized", "This service does not take a user's name without a token.");
  }
  await subscriptions.attach(connectionId, userId);
  const watched = await subscriptions.watched(connectionId);
  return watched && watchingMessage(connectionId, watched, watched.quotes);
}

const USER_CHANGED = errorMessage(
  "internal",
  "The connection was given another user meanwhile. Send the message again.",
);

const NOT_ALL_TOLD = errorMessage(
  "internal",
  "The list has changed, but not all connections of the user could be told. Send the message again.",
);

/** The last prices of what was asked for, by name or through a basket. */
function quotesOf({ baskets, quotes }: Watched, { tickers, baskets: asked }: Watches): readonly Quote[] {
  const wanted = new Set(tickers);
  for (const { name, tickers: included } of baskets) {
    if (asked.includes(name)) for (const ticker of included) wanted.add(ticker);
  }
  return quotes.filter(({ ticker }) => wanted.has(ticker));
}

function tooMany({ tickers, baskets, user }: Watched): ErrorMessage {
  return errorMessage(
    "too-many",
    `Expected at most ${MAX_WATCHES} tickers and baskets ${user ? "a user" : "a connection"}, and at most ` +
      `${MAX_BASKETS} baskets; this one watches ${tickers.length} tickers and ${baskets.length} baskets.`,
  );
}

function withName(reply: ServerMessage, requestName: string | undefined): ServerMessage {
  const isNamed = requestName !== undefined && (reply.action === "quotes" || reply.action === "error");
  return isNamed ? { ...reply, request: requestName } : reply;
}

/** An answer that API Gateway takes; prices that it has no room for are posted before it. */
async function inOnePiece(ports: Ports, connectionId: string, reply: ServerMessage): Promise<ServerMessage> {
  if (reply.action !== "quotes") return reply;
  const [first, ...others] = inParts(reply);
  for (const part of others) {
    if ((await deliver(ports, connectionId, part)) === "failed") {
      return withName(errorMessage("internal", "Not all prices could be sent. Ask again."), reply.request);
    }
  }
  return first;
}
