import { type FanOutPorts, type FanOutResult, fanOut } from "../delivery/fan-out.ts";
import { notice } from "../delivery/messages.ts";
import type { Recipient } from "../delivery/news.ts";

/**
 * Sends a notice to every connection, with or without subscriptions.
 * @param directWatchers the most connections that this call posts to; more are queued.
 * @throws {GraphError | QueueError} when the graph or the queue failed, possibly after some posts.
 */
export async function broadcast(
  ports: FanOutPorts,
  message: string,
  directWatchers: number,
): Promise<FanOutResult> {
  return await fanOut(ports, notice(message), allConnections(ports), directWatchers);
}

async function* allConnections({ subscriptions }: FanOutPorts): AsyncGenerator<readonly Recipient[]> {
  for await (const connectionIds of subscriptions.connections()) {
    yield connectionIds.map((connectionId) => ({ connectionId }));
  }
}
