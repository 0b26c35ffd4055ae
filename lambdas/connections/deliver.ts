import { logger } from "../log.ts";
import type { QuotesMessage, ServerMessage } from "../protocol.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import { type Connections, isConnectionId } from "./connections.ts";

/**
 * How telling one connection ended:
 * - `delivered`: it was told.
 * - `gone`: it is no more, and forgotten.
 * - `closed`: it could not be told, so it was closed: when it comes back it reads everything anew.
 * - `failed`: neither. Telling it again may help and never harms.
 */
export type Delivery = "delivered" | "gone" | "closed" | "failed";

export interface Ports {
  readonly subscriptions: Subscriptions;
  readonly connections: Connections;
}

/** A 410 can also mean that the socket is not open yet; only one that has had this long is taken for gone. */
const YOUNG_MS = 60_000;

/** Tells one connection, in one message as long as that fits; what can be no connection is gone. Never throws. */
export async function deliver(ports: Ports, connectionId: string, message: ServerMessage): Promise<Delivery> {
  const outcome = await deliverText(ports, connectionId, JSON.stringify(message));
  if (outcome !== "too-large") return outcome;
  return message.action === "quotes" && message.quotes.length > 1
    ? await deliverHalves(ports, connectionId, message)
    : "failed";
}

/** The same for a text, whatever it says. Nothing is sent of one that is `too-large`: over 128 KiB. */
export async function deliverText(
  ports: Ports,
  connectionId: string,
  text: string,
): Promise<Delivery | "too-large"> {
  if (!isConnectionId(connectionId)) return "gone";
  const outcome = await ports.connections.post(connectionId, text);
  switch (outcome) {
    case "delivered":
    case "too-large":
      return outcome;
    case "gone":
      await forget(ports, connectionId);
      return "gone";
    case "unreachable":
      return (await ports.connections.close(connectionId)) ? "closed" : "failed";
    case "forbidden":
      return "failed";
  }
}

async function deliverHalves(ports: Ports, connectionId: string, message: QuotesMessage): Promise<Delivery> {
  const { quotes } = message;
  const middle = Math.ceil(quotes.length / 2);
  const first = await deliver(ports, connectionId, { ...message, quotes: quotes.slice(0, middle) });
  return first === "delivered"
    ? await deliver(ports, connectionId, { ...message, quotes: quotes.slice(middle) })
    : first;
}

/** A connection that stays in the graph costs one post with each price; that is no reason to fail a publish. */
async function forget({ subscriptions }: Ports, connectionId: string): Promise<void> {
  try {
    await subscriptions.forget(connectionId, new Date(Date.now() - YOUNG_MS));
  } catch (error) {
    logger.warn("A connection that is gone could not be forgotten", { connectionId, error });
  }
}
