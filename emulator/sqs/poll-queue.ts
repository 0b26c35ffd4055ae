import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { InvocationResult } from "../apigateway/model.ts";
import type { DeclaredMapping } from "../program/read-mappings.ts";
import { createSqsEvents, listSucceeded } from "./sqs-event.ts";

/** SQS limits: messages per call, and long polling time in seconds. */
const MAX_MESSAGES = 10;
const MAX_WAIT_SECONDS = 20;

/** Initial number of Lambda pollers: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const POLLERS = 5;

const PAUSE_AFTER_ERROR_MS = 1_000;

export interface PollOptions {
  /** Uses the credentials of the function role, which Lambda assumes for polling. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Invokes the function as the Lambda service, which needs no permission. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvocationResult>;
  /** Logs one line for each failed batch or queue request. */
  readonly report: (line: string) => void;
  /** Stops polling. */
  readonly signal: AbortSignal;
}

/**
 * Invokes a function with batches of messages from a queue, like a Lambda event source mapping. Unlike
 * Lambda, it runs at most five batches concurrently and does not back off when the function fails.
 * @returns after `signal` has aborted and running invocations have returned.
 */
export async function pollQueue(mapping: DeclaredMapping, options: PollOptions): Promise<void> {
  const count = Math.min(mapping.maximumConcurrency ?? POLLERS, POLLERS);
  await Promise.all(Array.from({ length: count }, () => poll(mapping, options)));
}

async function poll(mapping: DeclaredMapping, options: PollOptions): Promise<void> {
  const { client, queueUrl, report, signal } = options;
  while (!signal.aborted) {
    try {
      // Lambda reads the queue depth for scaling, and does not poll without the permission to read it.
      await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: ["ApproximateNumberOfMessages"],
        }),
        { abortSignal: signal },
      );
      await invokeBatch(mapping, options, await receiveBatch(mapping, options));
    } catch (error) {
      if (signal.aborted) return;
      report(`${mapping.logicalName}: ${error instanceof Error ? error.message : error}`);
      await delay(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** A full batch, or the messages received within the batching window after the first. */
async function receiveBatch(
  { batchSize, windowSeconds }: DeclaredMapping,
  { client, queueUrl, signal }: PollOptions,
): Promise<readonly Message[]> {
  const batch: Message[] = [];
  let untilMs = Number.POSITIVE_INFINITY;
  do {
    // Long polling takes whole seconds, so the window can end up to 1 s late.
    const leftSeconds = Math.ceil((untilMs - performance.now()) / 1000);
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(MAX_MESSAGES, batchSize - batch.length),
        WaitTimeSeconds: Math.min(MAX_WAIT_SECONDS, leftSeconds),
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
      { abortSignal: signal },
    );
    if (batch.length === 0) untilMs = performance.now() + windowSeconds * 1000;
    batch.push(...Messages);
  } while (batch.length > 0 && batch.length < batchSize && performance.now() < untilMs);
  return batch;
}

async function invokeBatch(
  { queueArn, functionArn, reportsFailures, logicalName }: DeclaredMapping,
  { client, queueUrl, invoke, report, signal }: PollOptions,
  messages: readonly Message[],
): Promise<void> {
  for (const event of createSqsEvents(queueArn, messages)) {
    if (signal.aborted) return;
    const ids = event.Records.map(({ messageId }) => messageId);
    const result = await invoke(functionArn, event);
    if (result.outcome !== "returned") {
      if (!signal.aborted)
        report(`${logicalName}: ${ids.length} messages stay in the queue: ${result.message}`);
      continue;
    }
    const succeeded = new Set(reportsFailures ? listSucceeded(ids, result.payload) : ids);
    const handles = event.Records.flatMap(({ messageId, receiptHandle }) =>
      succeeded.has(messageId) ? [receiptHandle] : [],
    );
    await deleteMessages(client, queueUrl, handles);
  }
}

async function deleteMessages(
  client: SQSClient,
  queueUrl: string,
  handles: readonly string[],
): Promise<void> {
  for (let from = 0; from < handles.length; from += MAX_MESSAGES) {
    const Entries = handles
      .slice(from, from + MAX_MESSAGES)
      .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}
