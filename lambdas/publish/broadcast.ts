import { type FanOutPorts, type FanOutResult, fanOut } from "../delivery/fan-out.ts";
import { notice } from "../delivery/messages.ts";
import type { Recipient } from "../delivery/news.ts";

/**
 * Tells every connection that there is, watching or not.
 * @param directWatchers the most that are told here and now; more are queued, by pages.
 * @throws {GraphError | QueueError} when the connections could not be read, or not all be queued.
 */
export async function broadcast(
  ports: FanOutPorts,
  message: string,
  directWatchers: number,
): Promise<FanOutResult> {
  return await fanOut(ports, notice(message), everybody(ports), directWatchers);
}

async function* everybody({ subscriptions }: FanOutPorts): AsyncGenerator<readonly Recipient[]> {
  for await (const connectionIds of subscriptions.connections()) {
    yield connectionIds.map((connectionId) => ({ connectionId }));
  }
}
