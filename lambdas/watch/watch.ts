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
import { errorMessage, pong, splitMessage, watchingMessage } from "../delivery/messages.ts";
import type { Watched, Watches } from "../graph/subscriptions.ts";
import { attachUser, authorize } from "./attach-user.ts";
import type { ClientRequest, ParsedMessage } from "./message.ts";
import { sendToOthers } from "./send-to-others.ts";
import { buildSyncResponse } from "./sync.ts";
import type { UserAccess } from "./user-access.ts";

/** Stores a connection at its `$connect`. Must not post to it: the socket is not open yet. */
export async function connect(
  { subscriptions }: Ports,
  connectionId: string,
  connectedAt: Date,
): Promise<void> {
  const expiresAt = new Date(connectedAt.getTime() + CONNECTION_LIMIT_MS);
  await subscriptions.connect({ id: connectionId, connectedAt, expiresAt });
}

/** Deletes a connection and its own watch list, but not the list of its user. */
export async function disconnect({ subscriptions }: Ports, connectionId: string): Promise<void> {
  await subscriptions.deleteConnection(connectionId);
}

/**
 * The response to a message. `undefined` for a connection that is not in the graph: it is posted
 * `unknown-connection` and closed here, because API Gateway would send a response after the close.
 * @throws {GraphError} when the graph failed. A client retries unanswered requests.
 */
export async function answer(
  ports: Ports,
  connectionId: string,
  message: ParsedMessage,
  userAccess: UserAccess,
): Promise<ServerMessage | undefined> {
  const reply = message.ok
    ? await handle(ports, connectionId, message.request, userAccess)
    : (await ports.subscriptions.isConnected(connectionId)) && message.error;
  if (reply) return await sendOverflow(ports, connectionId, withRequest(reply, message.requestName));

  const unknownConnection = errorMessage(
    "unknown-connection",
    "This connection is not known any more. Connect again.",
  );
  await ports.connections.post(connectionId, JSON.stringify(unknownConnection));
  await ports.connections.close(connectionId);
  return undefined;
}

/** The response to a request; `undefined` when the connection is not in the graph. */
async function handle(
  ports: Ports,
  connectionId: string,
  request: ClientRequest,
  userAccess: UserAccess,
): Promise<ServerMessage | undefined> {
  switch (request.action) {
    case "watch":
      return await watch(ports, connectionId, request.watches);
    case "unwatch":
      return await unwatch(ports, connectionId, request.watches);
    case "user":
      return await attachUser(ports, connectionId, request.userId, userAccess);
    case "authorize":
      return await authorize(ports, connectionId, request.token, userAccess);
    case "sync": {
      const watched = await ports.subscriptions.watched(connectionId);
      return watched && buildSyncResponse(request.held, connectionId, watched);
    }
    case "ping":
      return pong(request.name);
  }
}

/**
 * Writes the edges, then reads the last prices: a price published in between is either read here, or its
 * publisher has read the edges. Repeats both for the list of the user, which only the read returns.
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
    return await sendList(ports, connectionId, userId, (list) => quotesOf(list, watches));
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
  return await sendList(ports, connectionId, userId, () => []);
}

/**
 * Sends the changed list of a user to the other connections of the user, and returns it as the response.
 * Reads the list by user id, because the requesting connection may be gone by now.
 */
async function sendList(
  ports: Ports,
  connectionId: string,
  userId: string,
  chooseQuotes: (list: Watched) => readonly Quote[],
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const list = await ports.subscriptions.user(userId);
  if (!list) return USER_CHANGED;
  const quotes = chooseQuotes(list);
  const { isSettled, isMember } = await sendToOthers(ports, connectionId, list, quotes);
  if (!isSettled) return SEND_FAILED;
  if (isMember) return watchingMessage(connectionId, list, quotes);
  return (await ports.subscriptions.isConnected(connectionId)) ? USER_CHANGED : undefined;
}

const LIMITS = { watches: MAX_WATCHES, baskets: MAX_BASKETS };

const USER_CHANGED = errorMessage(
  "internal",
  "The connection was attached to another user during the request. Send the message again.",
);

const SEND_FAILED = errorMessage(
  "internal",
  "The list was changed, but not sent to all connections of the user. Send the message again.",
);

/** The last prices of the requested tickers and of the tickers of the requested baskets. */
function quotesOf({ baskets, quotes }: Watched, { tickers, baskets: names }: Watches): readonly Quote[] {
  const requested = new Set(tickers);
  for (const { name, tickers: included } of baskets) {
    if (names.includes(name)) for (const ticker of included) requested.add(ticker);
  }
  return quotes.filter(({ ticker }) => requested.has(ticker));
}

function tooMany({ tickers, baskets, user }: Watched): ErrorMessage {
  return errorMessage(
    "too-many",
    `Expected at most ${MAX_WATCHES} tickers and baskets ${user ? "a user" : "a connection"}, and at most ` +
      `${MAX_BASKETS} baskets; this one watches ${tickers.length} tickers and ${baskets.length} baskets.`,
  );
}

function withRequest(reply: ServerMessage, requestName: string | undefined): ServerMessage {
  const echoesRequest = reply.action === "quotes" || reply.action === "error";
  return requestName !== undefined && echoesRequest ? { ...reply, request: requestName } : reply;
}

/** The first part of a response within the API Gateway limit; the other parts are posted before it. */
async function sendOverflow(
  ports: Ports,
  connectionId: string,
  reply: ServerMessage,
): Promise<ServerMessage> {
  if (reply.action !== "quotes") return reply;
  const [first, ...others] = splitMessage(reply);
  for (const part of others) {
    if ((await deliver(ports, connectionId, part)) === "failed") {
      const failure = errorMessage("internal", "Not all prices could be sent. Send the message again.");
      return withRequest(failure, reply.request);
    }
  }
  return first;
}
