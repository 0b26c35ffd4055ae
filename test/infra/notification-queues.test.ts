/**
 * The queues as NotificationQueues declares them, and how NotificationDelivery empties them. Does not prove that a message arrives or
 * that a bad one is put aside, nor that other systems are given permission to send.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { NotificationDelivery, NotificationQueues } from "../../infra/notification-queues.ts";
import { declare, type Inputs, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const QUEUE = "aws:sqs/queue:Queue";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const KINDS = ["connection", "user", "page"];

const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:111122223333:queue-tell-${name}`;
const urlOf = (name: string) => `https://sqs.eu-west-1.amazonaws.com/111122223333/queue-tell-${name}`;

let program: Program;
beforeAll(async () => {
  program = await declare(() => {
    const queues = new NotificationQueues("tell", { consumerTimeoutSeconds: 20 });
    const handler = smallFunction("told");
    new NotificationDelivery("delivery", {
      queues,
      handler,
      concurrency: { connection: 3, user: 5, page: 8 },
    });
    const { connection, user, page, endpoint } = queues;
    return { connection, user, page, endpoint, send: queues.allowSend(), receive: queues.allowReceive() };
  });
});

test("there are three queues and a dead-letter queue for each", () => {
  expect(program.all(QUEUE).map(({ name }) => name)).toEqual([
    "tell-connection",
    "tell-connection-dead-letters",
    "tell-page",
    "tell-page-dead-letters",
    "tell-user",
    "tell-user-dead-letters",
  ]);
});

describe.each(KINDS)("the queue %s", (kind) => {
  test("is encrypted, takes messages of 1 MiB and keeps them for 4 days, and hides one for 6 times as long as its reader may run", () => {
    const { redrivePolicy, ...others } = program.inputs(QUEUE, `tell-${kind}`);
    expect(others).toEqual({
      visibilityTimeoutSeconds: 120,
      messageRetentionSeconds: 345_600,
      maxMessageSize: 1_048_576,
      sqsManagedSseEnabled: true,
    });
    expect(JSON.parse(String(redrivePolicy))).toEqual({
      deadLetterTargetArn: arnOf(`${kind}-dead-letters`),
      maxReceiveCount: 5,
    });
  });

  test("has a dead-letter queue, encrypted, for 14 days, that takes from this queue alone", () => {
    expect(program.inputs(QUEUE, `tell-${kind}-dead-letters`)).toEqual({
      messageRetentionSeconds: 1_209_600,
      maxMessageSize: 1_048_576,
      sqsManagedSseEnabled: true,
    });
    const allowed = program.inputs("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", `tell-${kind}`);
    expect(allowed["queueUrl"]).toBe(urlOf(`${kind}-dead-letters`));
    expect(JSON.parse(String(allowed["redriveAllowPolicy"]))).toEqual({
      redrivePermission: "byQueue",
      sourceQueueArns: [arnOf(kind)],
    });
  });
});

test("senders are told the URLs, the alarms the names, and where SQS answers over IPv6", () => {
  const { connection, user, page, endpoint } = program.outputs as Inputs;
  const queue = (kind: string) => ({
    url: urlOf(kind),
    arn: arnOf(kind),
    name: `queue-tell-${kind}`,
    deadLettersName: `queue-tell-${kind}-dead-letters`,
  });
  expect({ connection, user, page, endpoint }).toEqual({
    connection: queue("connection"),
    user: queue("user"),
    page: queue("page"),
    endpoint: "https://sqs.eu-west-1.api.aws",
  });
});

test("whoever may send may send pages only, and whoever may read may read all three", () => {
  const { send, receive } = program.outputs as Inputs;
  expect(send).toEqual({ Effect: "Allow", Action: "sqs:SendMessage", Resource: arnOf("page") });
  expect(receive).toEqual({
    Effect: "Allow",
    Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    Resource: KINDS.map(arnOf),
  });
});

test("each queue goes to the alias of the function, which reports the messages of a batch that failed", () => {
  const mapping = (kind: string, batchSize: number, maximumConcurrency: number) => ({
    eventSourceArn: arnOf(kind),
    functionName: "arn:aws:lambda:eu-west-1:111122223333:function:function-told:next",
    batchSize,
    scalingConfig: { maximumConcurrency },
    functionResponseTypes: ["ReportBatchItemFailures"],
  });
  expect(program.inputsByName(MAPPING)).toEqual({
    "delivery-connection": mapping("connection", 10, 3),
    "delivery-user": mapping("user", 10, 5),
    "delivery-page": mapping("page", 1, 8),
  });
});

test("each mapping waits for all of the function, its permissions among it", () => {
  const waits = program.all(MAPPING).map(({ dependsOn }) => dependsOn);
  const handler = "ticker-watch:infra:LambdaFunction::told";
  expect(waits).toEqual([[handler], [handler], [handler]]);
  expect(program.get("aws:iam/rolePolicy:RolePolicy", "told").parent).toBe(handler);
});
