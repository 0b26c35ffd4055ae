/**
 * The resources of NotificationQueues and NotificationDelivery. Does not prove that messages are delivered or
 * dead-lettered, or that other systems have permission to send.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { NotificationDelivery, NotificationQueues } from "#infra/notification-queues.ts";
import { declare, type Inputs, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const QUEUE = "aws:sqs/queue:Queue";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const KINDS = ["connection", "user", "page"];

const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:111122223333:queue-notify-${name}`;
const urlOf = (name: string) => `https://sqs.eu-west-1.amazonaws.com/111122223333/queue-notify-${name}`;

let program: Program;
beforeAll(async () => {
  program = await declare(() => {
    const queues = new NotificationQueues("notify", { consumerTimeoutSeconds: 20 });
    const handler = smallFunction("consumer");
    new NotificationDelivery("delivery", {
      queues,
      handler,
      concurrency: { connection: 3, user: 5, page: 8 },
    });
    const { connection, user, page, endpoint } = queues;
    return { connection, user, page, endpoint, send: queues.allowSend(), receive: queues.allowReceive() };
  });
});

test("NotificationQueues declares three queues, each with a dead-letter queue", () => {
  expect(program.all(QUEUE).map(({ name }) => name)).toEqual([
    "notify-connection",
    "notify-connection-dead-letters",
    "notify-page",
    "notify-page-dead-letters",
    "notify-user",
    "notify-user-dead-letters",
  ]);
});

describe.each(KINDS)("queue %s", (kind) => {
  test("a queue is encrypted, allows 1 MiB, retains 4 days, and has 6 times the consumer timeout as visibility timeout", () => {
    const { redrivePolicy, ...others } = program.inputs(QUEUE, `notify-${kind}`);
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

  test("a dead-letter queue is encrypted, retains 14 days, and accepts messages from its own source queue only", () => {
    expect(program.inputs(QUEUE, `notify-${kind}-dead-letters`)).toEqual({
      messageRetentionSeconds: 1_209_600,
      maxMessageSize: 1_048_576,
      sqsManagedSseEnabled: true,
    });
    const allowed = program.inputs("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", `notify-${kind}`);
    expect(allowed["queueUrl"]).toBe(urlOf(`${kind}-dead-letters`));
    expect(JSON.parse(String(allowed["redriveAllowPolicy"]))).toEqual({
      redrivePermission: "byQueue",
      sourceQueueArns: [arnOf(kind)],
    });
  });
});

test("NotificationQueues exposes URLs, ARNs, names and the dual-stack SQS endpoint", () => {
  const { connection, user, page, endpoint } = program.outputs as Inputs;
  const queue = (kind: string) => ({
    url: urlOf(kind),
    arn: arnOf(kind),
    name: `queue-notify-${kind}`,
    deadLetterQueueName: `queue-notify-${kind}-dead-letters`,
  });
  expect({ connection, user, page, endpoint }).toEqual({
    connection: queue("connection"),
    user: queue("user"),
    page: queue("page"),
    endpoint: "https://sqs.eu-west-1.api.aws",
  });
});

test("allowSend() is limited to the page queue, and allowReceive() includes all three queues", () => {
  const { send, receive } = program.outputs as Inputs;
  expect(send).toEqual({ Effect: "Allow", Action: "sqs:SendMessage", Resource: arnOf("page") });
  expect(receive).toEqual({
    Effect: "Allow",
    Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    Resource: KINDS.map(arnOf),
  });
});

test("each queue invokes the function alias with ReportBatchItemFailures", () => {
  const mapping = (kind: string, batchSize: number, maximumConcurrency: number) => ({
    eventSourceArn: arnOf(kind),
    functionName: "arn:aws:lambda:eu-west-1:111122223333:function:function-consumer:next",
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

test("each event source mapping depends on the function, including its policy", () => {
  const dependencies = program.all(MAPPING).map(({ dependsOn }) => dependsOn);
  const handler = "ticker-watch:infra:LambdaFunction::consumer";
  expect(dependencies).toEqual([[handler], [handler], [handler]]);
  expect(program.get("aws:iam/rolePolicy:RolePolicy", "consumer").parent).toBe(handler);
});
