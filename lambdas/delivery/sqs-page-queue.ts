import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { fromEnv } from "@aws-sdk/credential-provider-env";
import { QueueError } from "#protocol/errors.ts";
import { timeLeftMs } from "../deadline.ts";
import { type RetryPolicy, retry } from "../retry.ts";
import type { PageQueue } from "./page-queue.ts";

/** Limits of one SQS request: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1024 * 1024;

/** For messages that SQS rejected within an accepted request. The SDK retries failed requests. */
const RETRY: RetryPolicy = { attempts: 4, baseMs: 100, capMs: 1_000, giveUpAfterMs: 5_000 };

/** {@link PageQueue} on Amazon SQS. */
export class SqsPageQueue implements PageQueue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  /**
   * @param endpoint the dual-stack endpoint of SQS. Set explicitly: the host in a queue URL has no IPv6 address, and the VPC
   *   has only IPv6 egress. Region and credentials come from the environment.
   */
  constructor(endpoint: string, queueUrl: string) {
    const agent = { keepAlive: true, family: 6 };
    this.#client = new SQSClient({
      endpoint,
      useQueueUrlAsEndpoint: false,
      credentials: fromEnv(),
      requestHandler: {
        httpAgent: new HttpAgent(agent),
        httpsAgent: new HttpsAgent(agent),
        connectionTimeout: 1_000,
        requestTimeout: 5_000,
        throwOnRequestTimeout: true,
      },
    });
    this.#queueUrl = queueUrl;
  }

  async send(pages: readonly string[]): Promise<void> {
    for (const batch of inBatches(pages)) {
      let left: readonly string[] = batch;
      await retry(RETRY, isPartial, async () => {
        left = await this.#sendBatch(left);
        if (left.length > 0) {
          throw new QueueError(
            `Expected SQS to accept ${batch.length} messages, but it rejected ${left.length}. Retry.`,
            PARTIAL,
          );
        }
      });
    }
  }

  /** @returns the messages that SQS rejected. */
  async #sendBatch(pages: readonly string[]): Promise<readonly string[]> {
    const command = new SendMessageBatchCommand({
      QueueUrl: this.#queueUrl,
      Entries: pages.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    });
    try {
      const { Failed = [] } = await this.#client.send(command, untilTimeIsUp());
      return Failed.map(({ Id }) => pages[Number(Id)] ?? "");
    } catch (cause) {
      throw new QueueError(`Expected SQS to accept ${pages.length} messages: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

/** `pages`, grouped into the fewest requests in order within the limits. */
function inBatches(pages: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const page of pages) {
    const size = Buffer.byteLength(page);
    if (batches.length === 0 || batch.length === MAX_MESSAGES || bytes + size > MAX_BYTES) {
      batch = [];
      bytes = 0;
      batches.push(batch);
    }
    batch.push(page);
    bytes += size;
  }
  return batches;
}

/** Aborts at the deadline of the caller, which the retries of the SDK do not consider. */
function untilTimeIsUp(): { readonly abortSignal?: AbortSignal } {
  const leftMs = timeLeftMs();
  return Number.isFinite(leftMs) ? { abortSignal: AbortSignal.timeout(Math.max(0, Math.floor(leftMs))) } : {};
}

const PARTIAL = { isPartial: true };

const isPartial = (error: unknown): boolean => error instanceof QueueError && error.isPartial;
