import { deliverText, type Ports, type Target } from "../delivery/deliver.ts";
import { sendUpdate } from "../delivery/fan-out.ts";
import type { QueuedNotification } from "./notification.ts";

/**
 * Result of a notification:
 * - `done`: every connection received it, does not exist, or was closed (it resumes when it reconnects).
 * - `again`: a connection was neither reached nor closed, or the deadline passed. A retry is safe.
 * - `never`: larger than 128 KiB; a retry cannot succeed.
 * - `no-connections`: the user has no connections. Nothing was sent, and no retry is needed.
 */
export type NotifyOutcome = "done" | "again" | "never" | "no-connections";

/**
 * Delivers a notification to its connections.
 * @throws {GraphError} when the connections of a user could not be read.
 */
export async function notify(ports: Ports, notification: QueuedNotification): Promise<NotifyOutcome> {
  switch (notification.kind) {
    case "connection":
      return await sendText(
        ports,
        [{ connectionId: notification.connectionId, isUnverified: true }],
        notification.text,
      );
    case "user": {
      const connections = await readConnections(ports, notification.userId);
      if (connections.length === 0) return "no-connections";
      return await sendText(ports, connections, notification.text);
    }
    case "page": {
      const { failed = 0 } = await sendUpdate(ports, notification.page.news, notification.page.recipients);
      return failed > 0 ? "again" : "done";
    }
  }
}

async function sendText(ports: Ports, targets: readonly Target[], text: string): Promise<NotifyOutcome> {
  const deliveries = await deliverText(ports, targets, text);
  if (deliveries.includes("too-large")) return "never";
  return deliveries.includes("failed") ? "again" : "done";
}

/** Reads all before the first post: deleting a gone connection must not overlap a streamed read. */
async function readConnections({ subscriptions }: Ports, userId: string): Promise<readonly Target[]> {
  const connectionIds = new Set<string>();
  for await (const batch of subscriptions.connectionsOf(userId)) {
    for (const connectionId of batch) connectionIds.add(connectionId);
  }
  return Array.from(connectionIds, (connectionId) => ({ connectionId }));
}
