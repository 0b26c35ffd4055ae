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

/** SQS's own limits: of messages to a call, and of how long one waits for them, in seconds. */
const MAX_MESSAGES = 10;
const LONGEST_WAIT_SECONDS = 20;

/** What Lambda begins with, whatever the maximum: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const POLLERS = 5;

const PAUSE_AFTER_ERROR_MS = 1_000;

export interface PollOptions {
  /** Reads and deletes with the credentials of the function, whose role Lambda takes on. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Calls the function in the name of Lambda itself, which needs no permission to. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvocationResult>;
  /** Takes what went wrong with a batch, or with the queue: one line. */
  readonly report: (line: string) => void;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/**
 * Hands the messages of a queue to a function, batch by batch, as Lambda does for an event source mapping. What fails stays in
 * the queue until its visibility timeout, and goes to the dead-letter queue as the redrive policy says. Unlike Lambda it does
 * not scale beyond five batches at once, and does not slow down when the function fails.
 * @returns when it has been stopped and the function has answered for what it was given.
 */
export async function pollQueue(mapping: DeclaredMapping, options: PollOptions): Promise<void> {
  const count = Math.min(mapping.maximumConcurrency ?? POLLERS, POLLERS);
  await Promise.all(Array.from({ length: count }, () => poll(mapping, options)));
}

async function poll(mapping: DeclaredMapping, options: PollOptions): Promise<void> {
  const { client, queueUrl, report, signal } = options;
  while (!signal.aborted) {
    try {
      // Lambda looks how many messages wait, by which it scales, and does not read from a queue that it may not look at.
      await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: ["ApproximateNumberOfMessages"],
        }),
        { abortSignal: signal },
      );
      await handOver(mapping, options, await gatherBatch(mapping, options));
    } catch (error) {
      if (signal.aborted) return;
      report(`${mapping.logicalName}: ${error instanceof Error ? error.message : error}`);
      await delay(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** As many messages as make a batch, or as come within the window after the first. */
async function gatherBatch(
  { batchSize, windowSeconds }: DeclaredMapping,
  { client, queueUrl, signal }: PollOptions,
): Promise<readonly Message[]> {
  const batch: Message[] = [];
  let untilMs = Number.POSITIVE_INFINITY;
  do {
    // A wait takes whole seconds: the window ends up to one later.
    const leftSeconds = Math.ceil((untilMs - performance.now()) / 1000);
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(MAX_MESSAGES, batchSize - batch.length),
        WaitTimeSeconds: Math.min(LONGEST_WAIT_SECONDS, leftSeconds),
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

async function handOver(
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
    const done = new Set(reportsFailures ? listSucceeded(ids, result.payload) : ids);
    const handles = event.Records.flatMap(({ messageId, receiptHandle }) =>
      done.has(messageId) ? [receiptHandle] : [],
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
