import { type ErrorMessage, MAX_CONNECTIONS_PER_USER, type QuotesMessage } from "#protocol/messages.ts";
import { WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import type { Ports } from "../delivery/deliver.ts";
import { errorMessage, watchingMessage } from "../delivery/messages.ts";
import type { UserAccess } from "./user-access.ts";

/**
 * Attaches the connection to a user id, if open access or the token of `$connect` permits it.
 * @throws {GraphError} when the graph failed. A client retries unanswered requests.
 */
export async function attachUser(
  ports: Ports,
  connectionId: string,
  userId: string,
  { isOpen, tokenUser }: UserAccess,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  if (isOpen || userId === tokenUser) return await attach(ports, connectionId, userId);
  return await unauthorized(
    ports,
    connectionId,
    "This service does not accept a user id without a token of that user.",
  );
}

/**
 * Attaches the connection to the user of the token.
 * @throws {GraphError} when the graph failed. A client retries unanswered requests.
 */
export async function authorize(
  ports: Ports,
  connectionId: string,
  token: string,
  { verifyToken }: UserAccess,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  if (!verifyToken) {
    return await unauthorized(ports, connectionId, "This service takes tokens only when a connection opens.");
  }
  const verification = await verifyToken(token, WATCH_AUDIENCE);
  return verification.ok
    ? await attach(ports, connectionId, verification.subject)
    : await unauthorized(ports, connectionId, verification.problem);
}

async function unauthorized(
  { subscriptions }: Ports,
  connectionId: string,
  problem: string,
): Promise<ErrorMessage | undefined> {
  return (await subscriptions.isConnected(connectionId)) ? errorMessage("unauthorized", problem) : undefined;
}

/** Writes the edge to the user before it reads the list, like a watch. */
async function attach(
  { subscriptions }: Ports,
  connectionId: string,
  userId: string,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  const isAttached = await subscriptions.attach(connectionId, userId, MAX_CONNECTIONS_PER_USER);
  const watched = await subscriptions.watched(connectionId);
  if (!watched) return undefined;
  return isAttached ? watchingMessage(connectionId, watched, watched.quotes) : TOO_MANY_CONNECTIONS;
}

const TOO_MANY_CONNECTIONS = errorMessage(
  "too-many",
  `Expected at most ${MAX_CONNECTIONS_PER_USER} connections per user. Close another connection of this user.`,
);
