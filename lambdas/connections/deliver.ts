import { logger } from "../log.ts";
import { quotesMessage } from "../messages.ts";
import type { Quote } from "../quote.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import { type Connections, isConnectionId } from "./connections.ts";

/**
 * How telling one connection ended:
 * - `delivered`: it was told.
 * - `gone`: it is no more, and forgotten.
 * - `closed`: it could not be told, so it was closed: when it comes back it reads everything anew.
 * - `failed`: neither. Publishing again may help and never harms.
 */
export type Delivery = "delivered" | "gone" | "closed" | "failed";

export interface Ports {
  readonly subscriptions: Subscriptions;
  readonly connections: Connections;
}

/** A 410 can also mean that the socket is not open yet; only one that has had this long is taken for gone. */
const YOUNG_MS = 60_000;

/** Tells one connection of `quotes`, in one message as long as that fits; what can be no connection is gone. Never throws. */
export async function deliver(
  ports: Ports,
  connectionId: string,
  quotes: readonly Quote[],
): Promise<Delivery> {
  if (!isConnectionId(connectionId)) return "gone";
  const outcome = await ports.connections.post(
    connectionId,
    JSON.stringify(quotesMessage(connectionId, quotes)),
  );
  switch (outcome) {
    case "delivered":
      return "delivered";
    case "gone":
      await forget(ports, connectionId);
      return "gone";
    case "too-large":
      return quotes.length > 1 ? await deliverHalves(ports, connectionId, quotes) : "failed";
    case "unreachable":
      return (await ports.connections.close(connectionId)) ? "closed" : "failed";
    case "forbidden":
      return "failed";
  }
}

async function deliverHalves(
  ports: Ports,
  connectionId: string,
  quotes: readonly Quote[],
): Promise<Delivery> {
  const middle = Math.ceil(quotes.length / 2);
  const first = await deliver(ports, connectionId, quotes.slice(0, middle));
  return first === "delivered" ? await deliver(ports, connectionId, quotes.slice(middle)) : first;
}

/** A connection that stays in the graph costs one post with each price; that is no reason to fail a publish. */
async function forget({ subscriptions }: Ports, connectionId: string): Promise<void> {
  try {
    await subscriptions.forget(connectionId, new Date(Date.now() - YOUNG_MS));
  } catch (error) {
    logger.warn("A connection that is gone could not be forgotten", { connectionId, error });
  }
}
