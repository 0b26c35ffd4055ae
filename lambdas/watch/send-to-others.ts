import pMap from "p-map";
import type { Quote } from "#protocol/quote.ts";
import { MAX_CONCURRENT_POSTS } from "../connections/connections.ts";
import { deliver, type Ports } from "../delivery/deliver.ts";
import { splitMessage, watchingMessage } from "../delivery/messages.ts";
import type { Watched } from "../graph/subscriptions.ts";

export interface SendToOthersResult {
  /** Whether every other connection received the list, is gone or was closed. */
  readonly isSettled: boolean;
  /** Whether the requesting connection is attached to the user. */
  readonly isMember: boolean;
}

/**
 * Sends a changed list and the last prices of its new entries to the other connections of a user: a price
 * published before the new edge existed was not sent to them.
 *
 * Posts directly, because a user has few connections. The requester is answered afterwards and retries if it
 * is not; if it is gone by then, the others receive the new list with their next `sync`.
 * @throws {GraphError} when the connections could not be read.
 */
export async function sendToOthers(
  ports: Ports,
  connectionId: string,
  watched: Watched,
  quotes: readonly Quote[],
): Promise<SendToOthersResult> {
  if (!watched.user) return { isSettled: true, isMember: false };
  // Reads all before the first post: deleting a gone connection must not overlap a streamed read.
  const others = new Set<string>();
  for await (const batch of ports.subscriptions.connectionsOf(watched.user.id)) {
    for (const other of batch) others.add(other);
  }
  const isMember = others.delete(connectionId);
  const sendTo = async (other: string): Promise<boolean> => {
    for (const part of splitMessage(watchingMessage(other, watched, quotes))) {
      const delivery = await deliver(ports, other, part);
      if (delivery !== "delivered") return delivery !== "failed";
    }
    return true;
  };
  const settled = await pMap(others, sendTo, { concurrency: MAX_CONCURRENT_POSTS });
  return { isSettled: !settled.includes(false), isMember };
}
