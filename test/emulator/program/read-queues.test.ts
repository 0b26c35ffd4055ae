/* How queues are read from a program. Does not prove that SQS accepts the same ones. */
import { describe, expect, test } from "vitest";
import { UNKNOWN } from "#emulator/program/declared.ts";
import { readQueues } from "#emulator/program/read-queues.ts";
import { program, QUEUE, type Resource } from "./declared.ts";

const REDRIVE_ALLOW_POLICY = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";

const arn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
const url = (name: string) => `https://sqs.us-east-1.amazonaws.com/123456789012/${name}`;

const queue = (name: string, properties: Readonly<Record<string, unknown>> = {}): Resource => [
  QUEUE,
  name,
  url(name),
  { name, arn: arn(name), url: url(name), ...properties },
];

const redrivePolicy = JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: 5 });

test("readQueues returns a queue with its attributes after its dead-letter queue", () => {
  const main = queue("main", {
    visibilityTimeoutSeconds: 180,
    messageRetentionSeconds: 345_600,
    maxMessageSize: 1_048_576,
    receiveWaitTimeSeconds: 20,
    delaySeconds: 0,
    sqsManagedSseEnabled: true,
    redrivePolicy,
  });
  expect(readQueues(program(main, queue("dead")))).toEqual([
    { name: "dead", arn: arn("dead"), attributes: {} },
    {
      name: "main",
      arn: arn("main"),
      attributes: {
        VisibilityTimeout: "180",
        ReceiveMessageWaitTimeSeconds: "20",
        DelaySeconds: "0",
        RedrivePolicy: redrivePolicy,
      },
    },
  ]);
});

test.each([
  [
    { fifoQueue: true, kmsMasterKeyId: "k" },
    `The local stack does not serve fifoQueue, kmsMasterKeyId of ${QUEUE} main. Serve it in emulator/program/read-queues.ts.`,
  ],
  [
    { delaySeconds: UNKNOWN },
    `Expected delaySeconds of ${QUEUE} main to be known, got an unknown output. Add the output to emulator/program/synthesize-outputs.ts.`,
  ],
  [
    { maxMessageSize: 262_144 },
    `Expected maxMessageSize of ${QUEUE} main to be 1048576, got 262144. The local stack serves no other value.`,
  ],
  [{ redrivePolicy: "{" }, `Expected redrivePolicy of ${QUEUE} main to be JSON, got {.`],
  [
    { redrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("elsewhere") }) },
    `Expected deadLetterTargetArn of ${QUEUE} main to be the ARN of a queue of this program, got ${arn("elsewhere")}.`,
  ],
])("readQueues throws for a queue with %j", (properties, message) => {
  expect(() => readQueues(program(queue("main", properties), queue("dead")))).toThrow(new Error(message));
});

describe("dead-letter queues", () => {
  const read = (policy: unknown) =>
    readQueues(
      program(queue("main", { redrivePolicy }), queue("dead"), [
        REDRIVE_ALLOW_POLICY,
        "dead",
        "p1",
        { queueUrl: url("dead"), redriveAllowPolicy: JSON.stringify(policy) },
      ]),
    );

  test.each([
    { redrivePermission: "allowAll" },
    { redrivePermission: "byQueue", sourceQueueArns: [arn("main")] },
  ])("readQueues accepts a dead-letter queue with %j", (policy) => {
    expect(read(policy).map(({ name }) => name)).toEqual(["dead", "main"]);
  });

  test.each([
    { redrivePermission: "denyAll" },
    { redrivePermission: "byQueue", sourceQueueArns: [arn("other")] },
    { redrivePermission: "byQueue" },
  ])("readQueues throws for a dead-letter queue with %j", (policy) => {
    expect(() => read(policy)).toThrow(
      new Error(`Expected redriveAllowPolicy of ${QUEUE} dead to allow the source queue ${QUEUE} main.`),
    );
  });
});
