import { type ErrorMessage, MAX_CONNECTIONS_PER_USER, type QuotesMessage } from "#protocol/messages.ts";
import { WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import type { Ports } from "../delivery/deliver.ts";
import { errorMessage, watchingMessage } from "../delivery/messages.ts";
import type { UserAccess } from "./user-access.ts";

/**
 * Makes the connection one of the user that it says to be, if it may.
 * @throws {GraphError} when the graph could not be asked. The page repeats what is not answered.
 */
export async function beUser(
  ports: Ports,
  connectionId: string,
  userId: string,
  { isOpen, tokenUser }: UserAccess,
): Promise<QuotesMessage | ErrorMessage | undefined> {
  if (isOpen || userId === tokenUser) return await attach(ports, connectionId, userId);
  return await unauthorized(
    ports,
    connectionId,
    "This service does not take a user's name without that user's token.",
  );
}

/**
 * Makes the connection one of the user that the token names.
 * @throws {GraphError} when the graph could not be asked.
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
  const verdict = await verifyToken(token, WATCH_AUDIENCE);
  return verdict.ok
    ? await attach(ports, connectionId, verdict.subject)
    : await unauthorized(ports, connectionId, verdict.problem);
}

async function unauthorized(
  { subscriptions }: Ports,
  connectionId: string,
  problem: string,
): Promise<ErrorMessage | undefined> {
  return (await subscriptions.isConnected(connectionId)) ? errorMessage("unauthorized", problem) : undefined;
}

/** Two requests, as for a watch: the edge from the user, and after it all that the user watches. */
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
  `Expected at most ${MAX_CONNECTIONS_PER_USER} connections of a user: this user has as many already.`,
);
