/* SQS events for Lambda and partial batch responses. Does not prove the behaviour of Lambda. */
import type { Message } from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSqsEvents, listSucceeded } from "#emulator/sqs/sqs-event.ts";

const QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:q";
const Attributes = {
  ApproximateReceiveCount: "1",
  SentTimestamp: "1795246947281",
  SenderId: "AIDAEXAMPLE",
  ApproximateFirstReceiveTimestamp: "1795246947773",
};
const message = (id: string, Body = "{}"): Message => ({
  MessageId: id,
  ReceiptHandle: `handle of ${id}`,
  Body,
  MD5OfBody: "99914b932bd37a50b983c5e7c90ae93b",
  Attributes,
});

test("the record of a message has exactly the fields documented by AWS", () => {
  expect(createSqsEvents(QUEUE_ARN, [message("a")])).toEqual([
    {
      Records: [
        {
          messageId: "a",
          receiptHandle: "handle of a",
          body: "{}",
          attributes: Attributes,
          messageAttributes: {},
          md5OfBody: "99914b932bd37a50b983c5e7c90ae93b",
          eventSource: "aws:sqs",
          eventSourceARN: QUEUE_ARN,
          awsRegion: "us-east-1",
        },
      ],
    },
  ]);
});

test("the record contains the message attributes, with binary values in base64", () => {
  const [event] = createSqsEvents(QUEUE_ARN, [
    {
      ...message("a"),
      MD5OfMessageAttributes: "md5",
      MessageAttributes: {
        Kind: { DataType: "String", StringValue: "news" },
        Raw: { DataType: "Binary", BinaryValue: new Uint8Array([1, 0]) },
      },
    },
  ]);
  expect(event?.Records[0]).toMatchObject({
    md5OfMessageAttributes: "md5",
    messageAttributes: {
      Kind: { stringValue: "news", stringListValues: [], binaryListValues: [], dataType: "String" },
      Raw: { binaryValue: "AQA=", stringListValues: [], binaryListValues: [], dataType: "Binary" },
    },
  });
});

test("a batch is split into events of at most 6 MiB, and an empty batch yields none", () => {
  const messages = Array.from({ length: 10 }, (_, index) => message(String(index), "x".repeat(1024 * 1024)));
  const events = createSqsEvents(QUEUE_ARN, messages);
  const sizes = events.map((event) => Buffer.byteLength(JSON.stringify(event)));
  expect(sizes.every((size) => size <= 6 * 1024 * 1024)).toBe(true);
  expect(events.map(({ Records }) => Records.map(({ messageId }) => messageId).join(""))).toEqual([
    "01234",
    "56789",
  ]);
  expect(createSqsEvents(QUEUE_ARN, [])).toEqual([]);
});

test("message bodies are unchanged after JSON serialization of the event", () => {
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      '{"data":9007199254740993,"x":1.10}',
      "\uFEFF{}",
      "\uFFFE\ud83d",
      '"\\ud83d"',
      "{ }\r\n\u2028",
    ),
  );
  fc.assert(
    fc.property(fc.array(body, { minLength: 1 }), (bodies) => {
      const events = createSqsEvents(
        QUEUE_ARN,
        bodies.map((its, n) => message(`m${n}`, its)),
      );
      const received = JSON.parse(JSON.stringify(events)) as typeof events;
      expect(received.flatMap(({ Records }) => Records.map((record) => record.body))).toEqual(bodies);
    }),
  );
});

describe("partial batch responses", () => {
  const failures = (...ids: readonly unknown[]) => ({
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  });

  test.each([
    ["no failures", failures(), "abc"],
    ["one failure", failures("b"), "ac"],
    ["the same failure twice", failures("b", "b"), "ac"],
    ["all failed", failures("a", "b", "c"), ""],
    ["null", null, "abc"],
    ["undefined", undefined, "abc"],
    ["an empty object", {}, "abc"],
    ["null as the list of failures", { batchItemFailures: null }, "abc"],
    ["an id that is not in the batch", failures("a", "z"), ""],
    ["an empty id", failures(""), ""],
    ["a null id", failures(null), ""],
    ["a failure without an id", { batchItemFailures: [{}] }, ""],
    ["a failure with another field name", { batchItemFailures: [{ messageId: "a" }] }, ""],
    ["a null failure", { batchItemFailures: [null] }, ""],
    ["a string as the list of failures", { batchItemFailures: "a" }, ""],
    ["a string", "a", ""],
  ])(
    "of the batch a, b, c with the response %s (%j), the messages deleted are %j",
    (_what, response, succeeded) => {
      expect(listSucceeded(["a", "b", "c"], response).join("")).toBe(succeeded);
    },
  );
});
