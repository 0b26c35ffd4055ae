import { EnvironmentError } from "#protocol/errors.ts";
import { readEnvironment } from "../environment.ts";
import type { RecipientBatchQueue } from "./page-queue.ts";
import { SqsRecipientBatchQueue } from "./sqs-page-queue.ts";

/** The queue and the threshold of a fan-out. */
export interface FanOut {
  readonly pages: RecipientBatchQueue;
  /** The most recipients of a direct delivery; more are queued. */
  readonly directWatchers: number;
}

/**
 * The queue of recipient batches (`SQS_ENDPOINT`, `NOTIFY_PAGE_QUEUE_URL`) and the threshold (`DIRECT_WATCHERS`). A separate
 * module, so that other Lambdas do not bundle the SQS client.
 * @throws {EnvironmentError} when a variable is missing or invalid.
 */
export function openFanOut(): FanOut {
  const { SQS_ENDPOINT, NOTIFY_PAGE_QUEUE_URL, DIRECT_WATCHERS } = readEnvironment([
    "SQS_ENDPOINT",
    "NOTIFY_PAGE_QUEUE_URL",
    "DIRECT_WATCHERS",
  ]);
  if (!/^\d+$/.test(DIRECT_WATCHERS)) {
    throw new EnvironmentError(`Expected DIRECT_WATCHERS to be a whole number, got ${DIRECT_WATCHERS}.`);
  }
  const pages = new SqsRecipientBatchQueue(SQS_ENDPOINT, NOTIFY_PAGE_QUEUE_URL);
  return { pages, directWatchers: Number(DIRECT_WATCHERS) };
}
