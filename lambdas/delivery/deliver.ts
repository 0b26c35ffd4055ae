import pMap from "p-map";
import type { QuotesMessage, ServerMessage } from "#protocol/messages.ts";
import { type Connections, isConnectionId } from "../connections/connections.ts";
import { timeLeftMs } from "../deadline.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { logger } from "../log.ts";

/**
 * The outcome of a delivery to one connection:
 * - `delivered`: API Gateway accepted every message.
 * - `gone`: the connection does not exist. Unless it is younger than 60 s or unverified, it is deleted from the graph.
 * - `closed`: the connection was unreachable and was closed. Its client reconnects and reads everything again.
 * - `failed`: none of these. Safe to retry.
 */
export type Delivery = "delivered" | "gone" | "closed" | "failed";

export interface Ports {
  readonly subscriptions: Subscriptions;
  readonly connections: Connections;
}

/** A 410 can also mean that the socket is not open yet, so younger connections are not deleted. */
const MIN_AGE_MS = 60_000;

/** Low, because each deletion is a transaction. */
const CONCURRENT_DELETIONS = 8;

/** A connection to deliver to. */
export interface Target {
  readonly connectionId: string;
  /**
   * The id comes from a request, not from the graph. A 410 then deletes nothing, so that invented ids cause no graph
   * transactions. @default false
   */
  readonly isUnverified?: boolean;
}

/**
 * The outcome of one message to one connection. Quotes that exceed 128 KiB are split into several messages; an invalid
 * connection id is `gone`. Never throws.
 */
export async function deliver(ports: Ports, connectionId: string, message: ServerMessage): Promise<Delivery> {
  const [delivery] = await deliverAll(ports, [{ connectionId, message }]);
  return delivery ?? "failed";
}

/**
 * The outcome of each message, in the order of `messages`. Each is attempted once before any is retried, and connections that
 * are gone are deleted after the last delivery. Never throws.
 */
export async function deliverAll(
  ports: Ports,
  messages: readonly (Target & { readonly message: ServerMessage })[],
): Promise<readonly Delivery[]> {
  return await sendAll(ports, messages, ({ connectionId, message }) =>
    sendMessage(ports, connectionId, message),
  );
}

/** As {@link deliverAll} for one text to all targets. A text over 128 KiB is `too-large`; it is not split. */
export async function deliverText(
  ports: Ports,
  targets: readonly Target[],
  text: string,
): Promise<readonly (Delivery | "too-large")[]> {
  return await sendAll(ports, targets, ({ connectionId }) => sendText(ports, connectionId, text));
}

/** The port limits concurrency. Deletions follow the deliveries, which a slow graph would otherwise delay. */
async function sendAll<Message extends Target, Outcome>(
  ports: Ports,
  messages: readonly Message[],
  send: (message: Message) => Promise<Outcome>,
): Promise<readonly (Outcome | "gone")[]> {
  const openedBefore = new Date(Date.now() - MIN_AGE_MS);
  const gone: string[] = [];
  const outcomes = await Promise.all(
    messages.map(async (message) => {
      if (!isConnectionId(message.connectionId)) return "gone";
      const outcome = await send(message);
      if (outcome === "gone" && !message.isUnverified) gone.push(message.connectionId);
      return outcome;
    }),
  );
  await deleteConnections(ports, gone, openedBefore);
  return outcomes;
}

async function sendMessage(ports: Ports, connectionId: string, message: ServerMessage): Promise<Delivery> {
  const outcome = await sendText(ports, connectionId, JSON.stringify(message));
  if (outcome !== "too-large") return outcome;
  return message.action === "quotes" && message.quotes.length > 1
    ? await sendSplit(ports, connectionId, message)
    : "failed";
}

async function sendText(
  { connections }: Ports,
  connectionId: string,
  text: string,
): Promise<Delivery | "too-large"> {
  const outcome = await connections.post(connectionId, text);
  if (outcome === "forbidden") return "failed";
  if (outcome !== "unreachable") return outcome;
  return (await connections.close(connectionId)) ? "closed" : "failed";
}

async function sendSplit(ports: Ports, connectionId: string, message: QuotesMessage): Promise<Delivery> {
  const { quotes } = message;
  const middle = Math.ceil(quotes.length / 2);
  const first = await sendMessage(ports, connectionId, { ...message, quotes: quotes.slice(0, middle) });
  return first === "delivered"
    ? await sendMessage(ports, connectionId, { ...message, quotes: quotes.slice(middle) })
    : first;
}

/**
 * Best effort, and stops at the first error: a stale connection costs only one more post per price, so it must not fail a
 * publish.
 */
async function deleteConnections(
  { subscriptions }: Ports,
  connectionIds: readonly string[],
  openedBefore: Date,
): Promise<void> {
  let isAvailable = true;
  const deleteConnection = async (connectionId: string) => {
    if (!isAvailable || timeLeftMs() <= 0) return;
    try {
      await subscriptions.deleteConnection(connectionId, openedBefore);
    } catch (error) {
      isAvailable = false;
      logger.warn("Could not delete a closed connection from the graph", { connectionId, error });
    }
  };
  await pMap(connectionIds, deleteConnection, { concurrency: CONCURRENT_DELETIONS });
}
