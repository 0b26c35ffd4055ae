import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { fromEnv } from "@aws-sdk/credential-provider-env";
import { QueueError } from "#protocol/errors.ts";
import { timeLeftMs } from "../deadline.ts";
import { type RetryPolicy, retry } from "../retry.ts";
import type { RecipientBatchQueue } from "./page-queue.ts";

/** Limits of one SQS request: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1024 * 1024;

/** For messages that SQS rejected within an accepted request. The SDK retries failed requests. */
const RETRY: RetryPolicy = { attempts: 4, baseMs: 100, capMs: 1_000, giveUpAfterMs: 5_000 };

/** {@link RecipientBatchQueue} on Amazon SQS. */
export class SqsRecipientBatchQueue implements RecipientBatchQueue {
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

  async send(batches: readonly string[]): Promise<void> {
    for (const messages of splitIntoRequests(batches)) {
      let left: readonly string[] = messages;
      await retry(RETRY, isPartial, async () => {
        left = await this.#sendRequest(left);
        if (left.length > 0) {
          const problem = `Expected SQS to accept ${messages.length} messages, but it rejected ${left.length}.`;
          throw new QueueError(`${problem} Retry.`, PARTIAL);
        }
      });
    }
  }

  /** @returns the messages that SQS rejected. */
  async #sendRequest(messages: readonly string[]): Promise<readonly string[]> {
    const command = new SendMessageBatchCommand({
      QueueUrl: this.#queueUrl,
      Entries: messages.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    });
    try {
      const { Failed = [] } = await this.#client.send(command, deadlineOptions());
      return Failed.map(({ Id }) => messages[Number(Id)] ?? "");
    } catch (cause) {
      const { message } = cause as Error;
      throw new QueueError(`Expected SQS to accept ${messages.length} messages: ${message}`, { cause });
    }
  }
}

/** `messages` in order, grouped into as few requests as the limits allow. */
function splitIntoRequests(messages: readonly string[]): readonly (readonly string[])[] {
  const requests: string[][] = [];
  let request: string[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message);
    if (requests.length === 0 || request.length === MAX_MESSAGES || bytes + size > MAX_BYTES) {
      request = [];
      bytes = 0;
      requests.push(request);
    }
    request.push(message);
    bytes += size;
  }
  return requests;
}

/** Aborts at the deadline of the caller, which the retries of the SDK do not consider. */
function deadlineOptions(): { readonly abortSignal?: AbortSignal } {
  const leftMs = timeLeftMs();
  return Number.isFinite(leftMs) ? { abortSignal: AbortSignal.timeout(Math.max(0, Math.floor(leftMs))) } : {};
}

const PARTIAL = { isPartial: true };

const isPartial = (error: unknown): boolean => error instanceof QueueError && error.isPartial;
