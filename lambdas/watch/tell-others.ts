import pMap from "p-map";
import type { Quote } from "#protocol/quote.ts";
import { POSTS_AT_ONCE } from "../connections/connections.ts";
import { deliver, type Ports } from "../delivery/deliver.ts";
import { inParts, watchingMessage } from "../delivery/messages.ts";
import type { Watched } from "../graph/subscriptions.ts";

export interface Told {
  /** Whether all of the others were told, are gone or were closed. */
  readonly isSettled: boolean;
  /** Whether the connection that asked is one of the user's. */
  readonly isMember: boolean;
}

/**
 * Tells the other connections of a user that the list has changed, and the last prices of what is new. Whoever adds an edge
 * delivers to everything below it: a price that was published before the edge was there has been told to nobody there.
 *
 * Here and now, as a person has a few connections. Who asked is answered after that, and repeats what is not answered; what
 * nobody repeats, because who asked is gone, the others learn from the version in the answer to their next ping.
 * @throws {GraphError} when the connections could not be read.
 */
export async function tellOthers(
  ports: Ports,
  connectionId: string,
  watched: Watched,
  quotes: readonly Quote[],
): Promise<Told> {
  if (!watched.user) return { isSettled: true, isMember: false };
  // Read to the end before anybody is told: a connection that is gone is forgotten, by the same graph.
  const others = new Set<string>();
  for await (const batch of ports.subscriptions.connectionsOf(watched.user.id)) {
    for (const other of batch) others.add(other);
  }
  const isMember = others.delete(connectionId);
  const tellOne = async (other: string): Promise<boolean> => {
    for (const part of inParts(watchingMessage(other, watched, quotes))) {
      const delivery = await deliver(ports, other, part);
      if (delivery !== "delivered") return delivery !== "failed";
    }
    return true;
  };
  const settled = await pMap(others, tellOne, { concurrency: POSTS_AT_ONCE });
  return { isSettled: !settled.includes(false), isMember };
}
