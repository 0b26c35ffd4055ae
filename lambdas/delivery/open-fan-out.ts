import { EnvironmentError } from "#protocol/errors.ts";
import { readEnvironment } from "../environment.ts";
import type { PageQueue } from "./page-queue.ts";
import { SqsPageQueue } from "./sqs-page-queue.ts";

/** What a Lambda needs to tell many connections. */
export interface FanOut {
  readonly pages: PageQueue;
  /** The most that it tells itself; more go out as pages. */
  readonly directWatchers: number;
}

/**
 * The queue of pages (`SQS_ENDPOINT`, `NOTIFY_PAGE_QUEUE_URL`) and when to use it (`DIRECT_WATCHERS`). On its own, so that
 * Lambdas without it do not carry the client of SQS.
 * @throws {EnvironmentError} when a variable is missing or useless.
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
  const pages = new SqsPageQueue(SQS_ENDPOINT, NOTIFY_PAGE_QUEUE_URL);
  return { pages, directWatchers: Number(DIRECT_WATCHERS) };
}
