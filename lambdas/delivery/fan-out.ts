import { type Delivery, deliverAll, type Ports } from "./deliver.ts";
import { messageFor, type Recipient, type Update } from "./news.ts";
import { RECIPIENTS_PER_BATCH, writePage } from "./page.ts";
import type { RecipientBatchQueue } from "./page-queue.ts";

/** Messages per `SendMessageBatch`, the limit of SQS. */
const BATCHES_PER_SEND = 10;

export interface FanOutPorts extends Ports {
  readonly pages: RecipientBatchQueue;
}

/** The number of deliveries by outcome. `failed` is absent when it is 0. */
export type FanOutResult =
  | {
      readonly watchers: number;
      readonly delivered: number;
      readonly gone: number;
      readonly closed: number;
      readonly failed?: number;
    }
  /** All recipients were queued. */
  | { readonly watchers: number; readonly queued: number };

/**
 * Delivers `update` directly to at most `directWatchers` recipients. A larger number is queued in batches while the stream is
 * read, so that memory holds ten batches, or `directWatchers` recipients, and one batch of the stream.
 * @throws {GraphError | QueueError} when the recipients cannot be read, or a batch cannot be queued. Some batches may have
 *   been queued.
 */
export async function fanOut(
  ports: FanOutPorts,
  update: Update,
  recipients: AsyncIterable<readonly Recipient[]>,
  directWatchers: number,
): Promise<FanOutResult> {
  const waiting = new Map<string, Recipient>();
  let queued = 0;
  const queueBatches = async (count: number) => {
    const next = [...waiting.values()].slice(0, count * RECIPIENTS_PER_BATCH);
    for (const { connectionId } of next) waiting.delete(connectionId);
    const batches: string[] = [];
    for (let from = 0; from < next.length; from += RECIPIENTS_PER_BATCH) {
      batches.push(writePage({ news: update, recipients: next.slice(from, from + RECIPIENTS_PER_BATCH) }));
    }
    await ports.pages.send(batches);
    queued += next.length;
  };

  for await (const batch of recipients) {
    // By id, because a connection may repeat after a graph retry.
    for (const recipient of batch) {
      waiting.set(recipient.connectionId, merge(waiting.get(recipient.connectionId), recipient));
    }
    const isQueued = queued > 0 || waiting.size > directWatchers;
    while (isQueued && waiting.size >= BATCHES_PER_SEND * RECIPIENTS_PER_BATCH)
      await queueBatches(BATCHES_PER_SEND);
  }
  if (queued === 0 && waiting.size <= directWatchers)
    return await sendUpdate(ports, update, [...waiting.values()]);
  if (waiting.size > 0) await queueBatches(BATCHES_PER_SEND);
  return { watchers: queued, queued };
}

/** One recipient with the tickers of both. */
function merge(known: Recipient | undefined, recipient: Recipient): Recipient {
  if (!known) return recipient;
  const { connectionId, tickers, isUnverified } = recipient;
  return {
    connectionId,
    ...(known.tickers && tickers && { tickers: new Set([...known.tickers, ...tickers]) }),
    // Verified when the id came from the graph at least once.
    ...(known.isUnverified && isUnverified && { isUnverified }),
  };
}

/**
 * Delivers `update` to each recipient; each is attempted once before any is retried. After the deadline of the caller the
 * remaining deliveries count as failed. Never throws.
 */
export async function sendUpdate(
  ports: Ports,
  update: Update,
  recipients: readonly Recipient[],
): Promise<Exclude<FanOutResult, { queued: number }>> {
  const count: Record<Delivery, number> = { delivered: 0, gone: 0, closed: 0, failed: 0 };
  const messages = recipients.map((recipient) => ({ ...recipient, message: messageFor(update, recipient) }));
  for (const delivery of await deliverAll(ports, messages)) count[delivery] += 1;
  const { failed, ...settled } = count;
  return { watchers: recipients.length, ...settled, ...(failed > 0 && { failed }) };
}
