/* What the queues of a program become. Does not prove that AWS makes the same of them. */
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

test("a queue is read with its attributes, behind the one that its dead letters go to", () => {
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
    `Expected delaySeconds of ${QUEUE} main to be known, but it depends on an output that is not invented. Add it to emulator/program/invent-outputs.ts.`,
  ],
  [
    { maxMessageSize: 262_144 },
    `Expected maxMessageSize of ${QUEUE} main to be 1048576, the one size that is served here, got 262144.`,
  ],
  [{ redrivePolicy: "{" }, `Expected redrivePolicy of ${QUEUE} main to be JSON, got {.`],
  [
    { redrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("elsewhere") }) },
    `Expected redrivePolicy of ${QUEUE} main to name a queue of this program as deadLetterTargetArn, got ${arn("elsewhere")}.`,
  ],
])("a queue with %j stops the start", (properties, message) => {
  expect(() => readQueues(program(queue("main", properties), queue("dead")))).toThrow(new Error(message));
});

describe("dead letters", () => {
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
  ])("go to a queue that allows it: %j", (policy) => {
    expect(read(policy).map(({ name }) => name)).toEqual(["dead", "main"]);
  });

  test.each([
    { redrivePermission: "denyAll" },
    { redrivePermission: "byQueue", sourceQueueArns: [arn("other")] },
    { redrivePermission: "byQueue" },
  ])("do not go to one that does not: %j", (policy) => {
    expect(() => read(policy)).toThrow(
      new Error(
        `Expected ${QUEUE} dead to take the dead letters of ${QUEUE} main: its redriveAllowPolicy does not.`,
      ),
    );
  });
});
