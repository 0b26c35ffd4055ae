import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { fromEnv } from "@aws-sdk/credential-provider-env";
import { QueueError } from "#protocol/errors.ts";
import { timeLeftMs } from "../deadline.ts";
import { type RetryPolicy, retry } from "../retry.ts";
import type { PageQueue } from "./page-queue.ts";

/** SQS's own limits of one request: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1024 * 1024;

/** For single messages that SQS did not take; for whole requests the SDK's own retries count besides. */
const RETRY: RetryPolicy = { attempts: 4, baseMs: 100, capMs: 1_000, giveUpAfterMs: 5_000 };

/** {@link PageQueue} in Amazon SQS. */
export class SqsPageQueue implements PageQueue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  /**
   * @param endpoint SQS's dual-stack name, said out loud: a queue's own URL names a host without IPv6, the only way out
   *   of the VPC. Region and credentials come from the environment.
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
          throw new QueueError(`SQS did not take ${left.length} of ${batch.length} pages.`, PARTIAL);
        }
      });
    }
  }

  /** @returns those that SQS did not take, though it took others. */
  async #sendBatch(pages: readonly string[]): Promise<readonly string[]> {
    const command = new SendMessageBatchCommand({
      QueueUrl: this.#queueUrl,
      Entries: pages.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    });
    try {
      const { Failed = [] } = await this.#client.send(command, untilTimeIsUp());
      return Failed.map(({ Id }) => pages[Number(Id)] ?? "");
    } catch (cause) {
      throw new QueueError(`Expected SQS to take ${pages.length} pages: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

/** As few batches as the limits of a request allow. */
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

/** The SDK tries again by itself, and knows nothing of how long the caller has. */
function untilTimeIsUp(): { readonly abortSignal?: AbortSignal } {
  const leftMs = timeLeftMs();
  return Number.isFinite(leftMs) ? { abortSignal: AbortSignal.timeout(Math.max(0, Math.floor(leftMs))) } : {};
}

const PARTIAL = { isPartial: true };

const isPartial = (error: unknown): boolean => error instanceof QueueError && error.isPartial;
