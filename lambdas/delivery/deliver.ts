import pMap from "p-map";
import type { QuotesMessage, ServerMessage } from "#protocol/messages.ts";
import { type Connections, isConnectionId } from "../connections/connections.ts";
import { timeLeftMs } from "../deadline.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";
import { logger } from "../log.ts";

/**
 * How telling one connection ended:
 * - `delivered`: it was told.
 * - `gone`: it does not exist any more. If the graph named it, it is deleted there.
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

/** Few: each is a transaction, and the graph has others to serve. */
const FORGOTTEN_AT_ONCE = 8;

/** A connection that is to get something. */
export interface Target {
  readonly connectionId: string;
  /**
   * The id came with a request and not from the graph. When it is gone nothing is deleted: a made-up id would cost the graph a
   * transaction each.
   */
  readonly isUnverified?: boolean;
}

/** Tells one connection, in one message as long as that fits; what can be no connection is gone. Never throws. */
export async function deliver(ports: Ports, connectionId: string, message: ServerMessage): Promise<Delivery> {
  const [delivery] = await deliverAll(ports, [{ connectionId, message }]);
  return delivery ?? "failed";
}

/**
 * The same for many: each is tried once before anybody is tried again, and those who are gone are forgotten when all have
 * been told.
 * @returns how it ended for each, in the order of `letters`.
 */
export async function deliverAll(
  ports: Ports,
  letters: readonly (Target & { readonly message: ServerMessage })[],
): Promise<readonly Delivery[]> {
  return await tellAll(ports, letters, ({ connectionId, message }) =>
    tellMessage(ports, connectionId, message),
  );
}

/** The same for one text, whatever it says. Nothing is sent of one that is `too-large`: over 128 KiB. */
export async function deliverText(
  ports: Ports,
  targets: readonly Target[],
  text: string,
): Promise<readonly (Delivery | "too-large")[]> {
  return await tellAll(ports, targets, ({ connectionId }) => tellText(ports, connectionId, text));
}

/** All at once: the port takes turns. Forgetting waits, because a graph that cannot be asked would hold up the others. */
async function tellAll<Letter extends Target, Outcome>(
  ports: Ports,
  letters: readonly Letter[],
  tell: (letter: Letter) => Promise<Outcome>,
): Promise<readonly (Outcome | "gone")[]> {
  const openedBefore = new Date(Date.now() - YOUNG_MS);
  const gone: string[] = [];
  const outcomes = await Promise.all(
    letters.map(async (letter) => {
      if (!isConnectionId(letter.connectionId)) return "gone";
      const outcome = await tell(letter);
      if (outcome === "gone" && !letter.isUnverified) gone.push(letter.connectionId);
      return outcome;
    }),
  );
  await forgetAll(ports, gone, openedBefore);
  return outcomes;
}

async function tellMessage(ports: Ports, connectionId: string, message: ServerMessage): Promise<Delivery> {
  const outcome = await tellText(ports, connectionId, JSON.stringify(message));
  if (outcome !== "too-large") return outcome;
  return message.action === "quotes" && message.quotes.length > 1
    ? await tellHalves(ports, connectionId, message)
    : "failed";
}

async function tellText(
  { connections }: Ports,
  connectionId: string,
  text: string,
): Promise<Delivery | "too-large"> {
  const outcome = await connections.post(connectionId, text);
  if (outcome === "forbidden") return "failed";
  if (outcome !== "unreachable") return outcome;
  return (await connections.close(connectionId)) ? "closed" : "failed";
}

async function tellHalves(ports: Ports, connectionId: string, message: QuotesMessage): Promise<Delivery> {
  const { quotes } = message;
  const middle = Math.ceil(quotes.length / 2);
  const first = await tellMessage(ports, connectionId, { ...message, quotes: quotes.slice(0, middle) });
  return first === "delivered"
    ? await tellMessage(ports, connectionId, { ...message, quotes: quotes.slice(middle) })
    : first;
}

/**
 * A connection that stays in the graph costs one post with each price; that is no reason to fail a publish, nor to ask a graph
 * again that has just failed.
 */
async function forgetAll(
  { subscriptions }: Ports,
  connectionIds: readonly string[],
  openedBefore: Date,
): Promise<void> {
  let isAnswering = true;
  const forget = async (connectionId: string) => {
    if (!isAnswering || timeLeftMs() <= 0) return;
    try {
      await subscriptions.forget(connectionId, openedBefore);
    } catch (error) {
      isAnswering = false;
      logger.warn("A connection that is gone could not be forgotten", { connectionId, error });
    }
  };
  await pMap(connectionIds, forget, { concurrency: FORGOTTEN_AT_ONCE });
}
