import { CreateQueueCommand, DeleteQueueCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { DeclaredQueue } from "../program/read-queues.ts";

/** The URLs of the created queues, by ARN. Creates them in declared order. */
export async function createQueues(
  client: SQSClient,
  queues: readonly DeclaredQueue[],
): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  for (const { name, arn, attributes } of queues) {
    const { QueueUrl } = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } }),
    );
    urls.set(arn, QueueUrl ?? "");
  }
  return urls;
}

/** Deletes queues and ignores errors, because ElasticMQ may have exited. */
export async function deleteQueues(client: SQSClient, queueUrls: readonly string[]): Promise<void> {
  await Promise.allSettled(queueUrls.map((QueueUrl) => client.send(new DeleteQueueCommand({ QueueUrl }))));
}
