import { deliverText, type Ports, type Target } from "../delivery/deliver.ts";
import { tell } from "../delivery/fan-out.ts";
import type { Notification } from "./notification.ts";

/**
 * How a notification ended:
 * - `done`: everybody was told, or is gone, or was closed so that it comes back and reads everything anew.
 * - `again`: somebody was neither, or time was up. Doing it all again may help and does no harm.
 * - `never`: it is more than 128 KiB.
 * - `no-connections`: the user has no connections, so nothing was sent. The message is done.
 */
export type Outcome = "done" | "again" | "never" | "no-connections";

/**
 * Tells whom a notification is for.
 * @throws {GraphError} when a user's connections could not be read.
 */
export async function notify(ports: Ports, notification: Notification): Promise<Outcome> {
  switch (notification.kind) {
    case "connection":
      return await tellAll(
        ports,
        [{ connectionId: notification.connectionId, isUnverified: true }],
        notification.text,
      );
    case "user": {
      const connectionIds = await connectionsOf(ports, notification.userId);
      if (connectionIds.length === 0) return "no-connections";
      return await tellAll(ports, connectionIds, notification.text);
    }
    case "page": {
      const { failed = 0 } = await tell(ports, notification.page.news, notification.page.recipients);
      return failed > 0 ? "again" : "done";
    }
  }
}

async function tellAll(ports: Ports, targets: readonly Target[], text: string): Promise<Outcome> {
  const deliveries = await deliverText(ports, targets, text);
  if (deliveries.includes("too-large")) return "never";
  return deliveries.includes("failed") ? "again" : "done";
}

/** Read to the end before anybody is told: a connection that is gone is forgotten, by the same graph. */
async function connectionsOf({ subscriptions }: Ports, userId: string): Promise<readonly Target[]> {
  const connectionIds = new Set<string>();
  for await (const batch of subscriptions.connectionsOf(userId)) {
    for (const connectionId of batch) connectionIds.add(connectionId);
  }
  return Array.from(connectionIds, (connectionId) => ({ connectionId }));
}
