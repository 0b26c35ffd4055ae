import {
  CONNECTION_LIMIT_MS,
  type ErrorMessage,
  MAX_BASKETS,
  MAX_WATCHES,
  type QuotesMessage,
  type ServerMessage,
} from "#protocol/messages.ts";
import type { Quote } from "#protocol/quote.ts";
import { deliver, type Ports } from "../delivery/deliver.ts";
import { errorMessage, inParts, pong, watchingMessage } from "../delivery/messages.ts";
import type { Watched, Watches } from "../graph/subscriptions.ts";
import { authorize, beUser } from "./be-user.ts";
import type { ParsedMessage, Request } from "./message.ts";
import { newerThan } from "./sync.ts";
import { tellOthers } from "./tell-others.ts";
import type { UserAccess } from "./user-access.ts";

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
      return await beUser(ports, connectionId, request.userId, userAccess);
    case "authorize":
      return await authorize(ports, connectionId, request.token, userAccess);
    case "sync": {
      const watched = await ports.subscriptions.watched(connectionId);
      return watched && newerThan(request.held, connectionId, watched);
    }
    case "ping":
      return pong(request.name);
  }
}

/**
 * Two requests to the graph, the edges and after them the last prices: a price published in between is either read here,
 * or its publisher has seen the edges. The connection of a user takes the same two again, for the list of its user: who that
 * is only the first read tells.
 */
async function watch(
  ports: Ports,
  connectionId: string,
  watches: Watches,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const { subscriptions } = ports;
  const isWatching = await subscriptions.watch({ connectionId }, watches, LIMITS);
  const watched = await subscriptions.watched(connectionId);
  if (watched?.user) return await watchAsUser(ports, connectionId, watched.user.id, watches);
  if (!watched) return undefined;
  return isWatching ? watchingMessage(connectionId, watched, quotesOf(watched, watches)) : tooMany(watched);
}

async function watchAsUser(
  ports: Ports,
  connectionId: string,
  userId: string,
  watches: Watches,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const { subscriptions } = ports;
  if (await subscriptions.watch({ connectionId, userId }, watches, LIMITS)) {
    return await tellList(ports, connectionId, userId, (list) => quotesOf(list, watches));
  }
  const watched = await subscriptions.watched(connectionId);
  return watched && (watched.user?.id === userId ? tooMany(watched) : USER_CHANGED);
}

async function unwatch(
  ports: Ports,
  connectionId: string,
  watches: Watches,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const { subscriptions } = ports;
  await subscriptions.unwatch({ connectionId }, watches);
  const watched = await subscriptions.watched(connectionId);
  if (!watched?.user) return watched && watchingMessage(connectionId, watched, []);
  const { id: userId } = watched.user;
  await subscriptions.unwatch({ connectionId, userId }, watches);
  return await tellList(ports, connectionId, userId, () => []);
}

/**
 * Tells a user's list, which has just been written, to all connections of the user, and to the one that asked as its answer.
 * The list is read by the user and not by that connection, which may be gone by now: the others must hear of it all the same.
 */
async function tellList(
  ports: Ports,
  connectionId: string,
  userId: string,
  chooseQuotes: (list: Watched) => readonly Quote[],
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const list = await ports.subscriptions.user(userId);
  if (!list) return USER_CHANGED;
  const quotes = chooseQuotes(list);
  const { isSettled, isMember } = await tellOthers(ports, connectionId, list, quotes);
  if (!isSettled) return NOT_ALL_TOLD;
  if (isMember) return watchingMessage(connectionId, list, quotes);
  return (await ports.subscriptions.isConnected(connectionId)) ? USER_CHANGED : undefined;
}

const LIMITS = { watches: MAX_WATCHES, baskets: MAX_BASKETS };

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
