import { type Delivery, deliverAll, type Ports } from "./deliver.ts";
import { messageFor, type Recipient, type Update } from "./news.ts";
import { PAGE_SIZE, writePage } from "./page.ts";
import type { PageQueue } from "./page-queue.ts";

/** Pages to a request, SQS's own limit. */
const PAGES_AT_ONCE = 10;

export interface FanOutPorts extends Ports {
  readonly pages: PageQueue;
}

/** How it ended. `failed` is there only when somebody could not be settled. */
export type FanOutResult =
  | {
      readonly watchers: number;
      readonly delivered: number;
      readonly gone: number;
      readonly closed: number;
      readonly failed?: number;
    }
  /** More than were to be told at once: all of them are queued. */
  | { readonly watchers: number; readonly queued: number };

/**
 * Tells all of `audience`: when they are no more than `directWatchers`, here and now; else by pages, which are queued as the
 * audience comes, so that no more of it is held than ten pages, or `directWatchers`, and one batch.
 * @throws {GraphError | QueueError} when the audience could not be read, or a page not be queued: some may have been told.
 */
export async function fanOut(
  ports: FanOutPorts,
  news: Update,
  audience: AsyncIterable<readonly Recipient[]>,
  directWatchers: number,
): Promise<FanOutResult> {
  const waiting = new Map<string, Recipient>();
  let queued = 0;
  const queuePages = async (count: number) => {
    const recipients = [...waiting.values()].slice(0, count * PAGE_SIZE);
    for (const { connectionId } of recipients) waiting.delete(connectionId);
    const pages: string[] = [];
    for (let from = 0; from < recipients.length; from += PAGE_SIZE) {
      pages.push(writePage({ news, recipients: recipients.slice(from, from + PAGE_SIZE) }));
    }
    await ports.pages.send(pages);
    queued += recipients.length;
  };

  for await (const batch of audience) {
    // By id: after a fault of the graph the same may come again.
    for (const recipient of batch) {
      waiting.set(recipient.connectionId, unite(waiting.get(recipient.connectionId), recipient));
    }
    const isMany = queued > 0 || waiting.size > directWatchers;
    while (isMany && waiting.size >= PAGES_AT_ONCE * PAGE_SIZE) await queuePages(PAGES_AT_ONCE);
  }
  if (queued === 0 && waiting.size <= directWatchers) return await tell(ports, news, [...waiting.values()]);
  if (waiting.size > 0) await queuePages(PAGES_AT_ONCE);
  return { watchers: queued, queued };
}

/** One recipient, to be told of all that either is to be told of. */
function unite(known: Recipient | undefined, recipient: Recipient): Recipient {
  if (!known) return recipient;
  const { connectionId, tickers, isUnverified } = recipient;
  return {
    connectionId,
    ...(known.tickers && tickers && { tickers: new Set([...known.tickers, ...tickers]) }),
    // The graph named it at least once.
    ...(known.isUnverified && isUnverified && { isUnverified }),
  };
}

/**
 * Tells each of `recipients`: everybody is tried once before anybody is tried again. When the caller's time is up, those who
 * are not settled have failed. Never throws.
 */
export async function tell(
  ports: Ports,
  news: Update,
  recipients: readonly Recipient[],
): Promise<Exclude<FanOutResult, { queued: number }>> {
  const count: Record<Delivery, number> = { delivered: 0, gone: 0, closed: 0, failed: 0 };
  const letters = recipients.map((recipient) => ({ ...recipient, message: messageFor(news, recipient) }));
  for (const delivery of await deliverAll(ports, letters)) count[delivery] += 1;
  const { failed, ...settled } = count;
  return { watchers: recipients.length, ...settled, ...(failed > 0 && { failed }) };
}
