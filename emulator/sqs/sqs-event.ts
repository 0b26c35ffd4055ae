import type { Message } from "@aws-sdk/client-sqs";
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from "aws-lambda";

/** Maximum event size: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/**
 * The Lambda events for a batch of messages: one, or several when one would be over 6 MiB.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
 */
export function createSqsEvents(queueArn: string, messages: readonly Message[]): readonly SQSEvent[] {
  const events: SQSEvent[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const record = createRecord(queueArn, message);
    const recordBytes = Buffer.byteLength(JSON.stringify(record)) + 1;
    bytes += recordBytes;
    if (bytes > MAX_PAYLOAD_BYTES) {
      events.push({ Records: [] });
      bytes = recordBytes + '{"Records":[]}'.length;
    }
    events.at(-1)?.Records.push(record);
  }
  return events;
}

function createRecord(queueArn: string, message: Message): SQSRecord {
  const { MessageId = "", ReceiptHandle = "", Body = "", MD5OfBody = "", Attributes = {} } = message;
  const { MD5OfMessageAttributes } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: { ...NO_ATTRIBUTES, ...Attributes },
    messageAttributes: createAttributes(message),
    ...(MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: MD5OfMessageAttributes }),
    md5OfBody: MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3] ?? "",
  };
}

/** For the type; a queue returns all attributes when they are requested. */
const NO_ATTRIBUTES: SQSRecord["attributes"] = {
  ApproximateReceiveCount: "",
  SentTimestamp: "",
  SenderId: "",
  ApproximateFirstReceiveTimestamp: "",
};

function createAttributes({ MessageAttributes = {} }: Message): SQSMessageAttributes {
  const entries = Object.entries(MessageAttributes).map(([name, { StringValue, BinaryValue, DataType }]) => [
    name,
    {
      ...(StringValue !== undefined && { stringValue: StringValue }),
      ...(BinaryValue && { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
      // Always empty on AWS: SQS does not support list values.
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType ?? "String",
    },
  ]);
  return Object.fromEntries(entries);
}

/**
 * The ids of the succeeded messages of a batch, according to the function response. A malformed response, or
 * one with an id that is not in the batch, fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function listSucceeded(messageIds: readonly string[], response: unknown): readonly string[] {
  if (response === null || response === undefined) return messageIds;
  if (typeof response !== "object") return [];
  const { batchItemFailures } = response as { readonly batchItemFailures?: unknown };
  if (batchItemFailures === null || batchItemFailures === undefined) return messageIds;
  if (!Array.isArray(batchItemFailures)) return [];
  const failed = new Set(batchItemFailures.map((failure) => failure?.itemIdentifier));
  const isValid = [...failed].every((id) => messageIds.includes(id));
  return isValid ? messageIds.filter((id) => !failed.has(id)) : [];
}
