/*
 * The auth proxies of SQS and Lambda, the schedules and the processes of the local stack with the real Pulumi program. The effect of
 * messages is tested in test/flows.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock } from "#emulator/clock.ts";
import { openQueueClient } from "#emulator/sqs/queue-client.ts";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { isRunning } from "#support/processes.ts";

const HOUR_MS = 3_600_000;
const clock = new ManualClock();
let stack: LocalStack;
let queueUrl: string;
let functionNames: Readonly<Record<string, string>>;
beforeAll(async () => {
  stack = await startStack({ clock });
  queueUrl = String(stack.outputs["notifyConnectionQueueUrl"]);
  functionNames = stack.outputs["functionNames"] as typeof functionNames;
});
afterAll(() => stack[Symbol.asyncDispose]());

/** A message to a closed connection: `notify` completes it without a delivery. */
const MessageBody = JSON.stringify({ connectionId: "GoneGoneGoneGon=", data: {} });

async function untilEmpty(): Promise<void> {
  const sqs = openQueueClient(stack.endpoints.sqs, "us-east-1", stack.credentials);
  const count = async () => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
    );
    return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible];
  };
  await expect.poll(count).toEqual(["0", "0"]);
  sqs.destroy();
}

test("a message sent to the queue URL reaches the function through ElasticMQ", async () => {
  expect(queueUrl).toMatch(new RegExp(`^${stack.endpoints.sqs}/123456789012/notify-connection-[0-9a-f]{7}$`));
  expect(stack.processes("notify")).toEqual([]);
  const sqs = openQueueClient(stack.endpoints.sqs, "us-east-1", stack.credentials);
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
  sqs.destroy();
  await untilEmpty();
  expect(stack.processes("notify").map(isRunning)).toEqual([true]);
});

test("processes throws for an unknown function", () => {
  expect(() => stack.processes("notfiy")).toThrow(
    /^Expected the name of a function \((?=.*\bnotify\b)[a-z, ]+\), got notfiy\.$/,
  );
});

test("a scheduled function runs when its time is reached", async () => {
  expect(stack.processes("sweep")).toEqual([]);
  clock.advance(HOUR_MS);
  const isSwept = () => stack.logs.some(({ source, line }) => source === "sweep" && line.includes('"Swept"'));
  await expect.poll(isSwept).toBe(true);
});

/** Runs the AWS CLI asynchronously, because this process serves its requests. */
const runCli = (args: readonly string[], variables: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)("aws", [...args], { env: { ...process.env, ...variables } });

/** Whether the AWS CLI is on PATH. */
const hasCli = await runCli(["--version"]).then(
  () => true,
  () => false,
);

/** The JSON output of the AWS CLI. */
async function aws(...args: readonly string[]): Promise<unknown> {
  const { accessKeyId, secretAccessKey } = stack.credentials;
  const { stdout } = await runCli([...args, "--region", "us-east-1", "--output", "json"], {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  return JSON.parse(stdout);
}

test.skipIf(!hasCli)("the AWS CLI sends to a queue and invokes a function", async () => {
  const { sqs, lambda } = stack.endpoints;
  const body = ["--queue-url", queueUrl, "--message-body", MessageBody];
  expect(await aws("sqs", "send-message", "--endpoint-url", sqs, ...body)).toMatchObject({
    MessageId: expect.stringMatching(/./),
  });
  await untilEmpty();
  const name = ["--function-name", `${functionNames["sweep"]}:next`];
  expect(await aws("lambda", "invoke", "--endpoint-url", lambda, ...name, "/dev/null")).toEqual({
    StatusCode: 200,
    ExecutedVersion: "1",
  });
});
