/*
 * A real ElasticMQ and the emulated event source mappings of Lambda, with functions of this process. Does not prove that SQS and the
 * pollers of Lambda behave the same, nor how they scale.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { get as getSecurely } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { InvocationResult } from "#emulator/apigateway/model.ts";
import { clientTls, createCertificate } from "#emulator/neptune/certificate.ts";
import { forEachLine } from "#emulator/process/child-processes.ts";
import type { DeclaredMapping } from "#emulator/program/read-mappings.ts";
import { createQueues } from "#emulator/sqs/create-queues.ts";
import { type ElasticMq, startElasticMq } from "#emulator/sqs/elasticmq.ts";
import { pollQueue } from "#emulator/sqs/poll-queue.ts";
import { openServerClient } from "#emulator/sqs/queue-client.ts";
import { childrenNamed, isRunning } from "#support/processes.ts";

const REGION = "us-east-1";
const FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:notify:next";
const FAILED: InvocationResult = { outcome: "failed", message: "It fails." };
const returned = (payload: unknown = null): InvocationResult => ({ outcome: "returned", payload });
const failures = (...ids: readonly string[]) =>
  returned({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

const folders = mkdtempSync(join(tmpdir(), "queues-"));
afterAll(() => rmSync(folders, { recursive: true, force: true }));
let folderCount = 0;
const newFolder = () => join(folders, String(++folderCount));
const startServer = () =>
  startElasticMq({ directory: newFolder(), region: REGION, accountId: "123456789012" });

let server: ElasticMq;
let sqs: ReturnType<typeof openServerClient>;
beforeAll(async () => {
  server = await startServer();
  sqs = openServerClient(server, REGION);
});
afterAll(async () => {
  sqs.destroy();
  await server[Symbol.asyncDispose]();
});

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
let queueCount = 0;

/** The URL of a new queue with a visibility timeout of 1 s. */
async function newQueue(attributes: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = `q${++queueCount}`;
  const queue = { name, arn: arnOf(name), attributes: { VisibilityTimeout: "1", ...attributes } };
  return (await createQueues(sqs, [queue])).get(queue.arn) ?? "";
}

async function send(QueueUrl: string, ...bodies: readonly string[]): Promise<void> {
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies
      .slice(from, from + 10)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Failed).toEqual([]);
  }
}

/** The numbers of visible messages and of messages in flight. */
async function countMessages(QueueUrl: string): Promise<readonly (string | undefined)[]> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible];
}

/** Polls a queue for `fn` until the test ends, and records reported faults. */
function poll(
  queueUrl: string,
  fn: (event: SQSEvent) => InvocationResult | Promise<InvocationResult>,
  changes: Partial<DeclaredMapping> = {},
) {
  const queueArn = arnOf(queueUrl.split("/").at(-1) ?? "");
  const limits = { batchSize: 10, windowSeconds: 0, maximumConcurrency: 2, reportsFailures: true };
  const mapping = { logicalName: "m", queueArn, functionArn: FUNCTION_ARN, ...limits, ...changes };
  const stopping = new AbortController();
  const reports: string[] = [];
  const ended = pollQueue(mapping, {
    client: sqs,
    queueUrl,
    report: (line) => reports.push(line),
    signal: stopping.signal,
    invoke: async (functionArn, event) => {
      expect(functionArn).toBe(FUNCTION_ARN);
      return await fn(event as SQSEvent);
    },
  });
  onTestFinished(async () => {
    stopping.abort();
    await ended;
  });
  return { stopping, reports, ended };
}

const bodiesOf = ({ Records }: SQSEvent) => Records.map(({ body }) => body);

describe("ElasticMQ", () => {
  test("ElasticMQ accepts messages of up to 1 MiB", async () => {
    const QueueUrl = await newQueue();
    const MessageBody = "x".repeat(1024 * 1024);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages.map(({ Body }) => Body === MessageBody)).toEqual([true]);
    const larger = sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `${MessageBody}x` }));
    await expect(larger).rejects.toThrow("MessageTooLong");
  });

  test("queues have the declared attributes and ARNs in the form of AWS", async () => {
    const QueueUrl = await newQueue({
      VisibilityTimeout: "180",
      ReceiveMessageWaitTimeSeconds: "20",
      DelaySeconds: "1",
    });
    const name = `q${queueCount}`;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({
      QueueArn: arnOf(name),
      VisibilityTimeout: "180",
      ReceiveMessageWaitTimeSeconds: "20",
      DelaySeconds: "1",
    });
    expect(QueueUrl).toBe(`${server.queueUrlOrigin}/123456789012/${name}`);
  });

  test("ElasticMQ rejects connections without its certificate, plain or over TLS, before a request", async () => {
    const { pfx: _pfx, ...withoutKey } = server.tls;
    const other = clientTls(await createCertificate(newFolder()));
    const path = "/?Action=ListQueues";
    const attempts = [
      () => get(server.url.replace("https:", "http:") + path),
      () => getSecurely(server.url + path, withoutKey),
      () => getSecurely(server.url + path, { ...withoutKey, pfx: other.pfx }),
    ];
    for (const attempt of attempts) {
      await expect(once(attempt(), "response")).rejects.toThrow(/hang up|alert|ECONNRESET/);
    }
    const [accepted] = await once(getSecurely(server.url + path, server.tls), "response");
    accepted.resume();
    expect(accepted.statusCode).toBe(200);
  });

  test("a second ElasticMQ has separate queues and ends when it is disposed", async () => {
    const before = childrenNamed("java", process.pid);
    const other = await startServer();
    const started = childrenNamed("java", process.pid).filter((pid) => !before.includes(pid));
    const client = openServerClient(other, REGION);
    onTestFinished(() => client.destroy());
    await newQueue();
    expect((await client.send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([]);
    await other[Symbol.asyncDispose]();
    expect(await other.exited).toBe("elasticmq ended with SIGKILL");
    expect(started.map(isRunning)).toEqual([false]);
  });

  test("kill -9 of the parent process ends ElasticMQ", async () => {
    const script = fileURLToPath(new URL("fixtures/queues-parent.ts", import.meta.url));
    const parent = fork(script, [newFolder()], { stdio: ["ignore", "pipe", "inherit", "ipc"], execArgv: [] });
    onTestFinished(() => void parent.kill("SIGKILL"));
    await new Promise<string>((resolve) => {
      if (parent.stdout) forEachLine(parent.stdout, resolve);
    });
    const pids = childrenNamed("java", parent.pid ?? 0);
    expect(pids.map(isRunning)).toEqual([true]);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false]), 5_000);
  });

  test("startElasticMq throws with the end of the log when the server does not start", async () => {
    const folder = mkdtempSync(join(folders, "bin-"));
    const script = `#!/bin/sh\ncase "$*" in -version) echo 'openjdk version "17.0.1"';; *) echo broken; exit 3;; esac\n`;
    writeFileSync(join(folder, "java"), script);
    chmodSync(join(folder, "java"), 0o755);
    vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(startServer()).rejects.toThrow(
      /^Expected ElasticMQ to start, but: elasticmq ended with exit code 3\. The end of .*elasticmq\.log:\n {2}broken$/,
    );
  });
});

describe("event source mapping", () => {
  test("a mapping delivers each message once as an SQS event and deletes it", async () => {
    const QueueUrl = await newQueue();
    const events: SQSEvent[] = [];
    poll(QueueUrl, (event) => {
      events.push(event);
      return returned();
    });
    const sent = await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: '{"userId":"user003"}',
        MessageAttributes: { Kind: { DataType: "String", StringValue: "news" } },
      }),
    );
    await expect.poll(() => events).toHaveLength(1);
    const digits = expect.stringMatching(/^\d+$/);
    expect(events).toEqual([
      {
        Records: [
          {
            messageId: sent.MessageId,
            receiptHandle: expect.stringMatching(/./),
            body: '{"userId":"user003"}',
            attributes: {
              ApproximateReceiveCount: "1",
              SentTimestamp: digits,
              SenderId: expect.stringMatching(/./),
              ApproximateFirstReceiveTimestamp: digits,
            },
            messageAttributes: {
              Kind: { stringValue: "news", stringListValues: [], binaryListValues: [], dataType: "String" },
            },
            md5OfMessageAttributes: sent.MD5OfMessageAttributes,
            md5OfBody: sent.MD5OfMessageBody,
            eventSource: "aws:sqs",
            eventSourceARN: arnOf(`q${queueCount}`),
            awsRegion: "us-east-1",
          },
        ],
      },
    ]);
    await expect.poll(() => countMessages(QueueUrl)).toEqual(["0", "0"]);
  });

  test("a failed message is redelivered after its visibility timeout, then moved to the dead-letter queue", async () => {
    const deadLetters = await newQueue();
    const deadLetterTargetArn = arnOf(`q${queueCount}`);
    const QueueUrl = await newQueue({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
    });
    await send(QueueUrl, "good", "bad", "fine");
    const seen: string[] = [];
    const { reports } = poll(QueueUrl, ({ Records }) => {
      seen.push(...Records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`));
      return failures(...Records.filter(({ body }) => body === "bad").map(({ messageId }) => messageId));
    });
    // Not a long poll: ElasticMQ does not wake it for a message moved from another queue.
    await expect.poll(() => countMessages(deadLetters)).toEqual(["1", "0"]);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadLetters }));
    expect(Messages.map(({ Body }) => Body)).toEqual(["bad"]);
    expect(seen.sort()).toEqual(["bad 1", "bad 2", "fine 1", "good 1"]);
    expect(await countMessages(QueueUrl)).toEqual(["0", "0"]);
    expect(reports).toEqual([]);
  });

  test.each<[string, InvocationResult | ((event: SQSEvent) => InvocationResult)]>([
    ["fails", FAILED],
    ["reports an unknown message id", failures("another")],
    ["returns an invalid response", returned("done")],
  ])("the whole batch stays in the queue when the function %s", async (_what, result) => {
    const QueueUrl = await newQueue();
    await send(QueueUrl, "a", "b");
    const counts: string[] = [];
    poll(QueueUrl, ({ Records }) => {
      counts.push(...Records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`));
      const isFirst = Records.some(({ attributes }) => attributes.ApproximateReceiveCount === "1");
      if (!isFirst) return returned();
      return typeof result === "function" ? result({ Records }) : result;
    });
    await expect.poll(() => [...counts].sort(), { timeout: 10_000 }).toEqual(["a 1", "a 2", "b 1", "b 2"]);
    await expect.poll(() => countMessages(QueueUrl)).toEqual(["0", "0"]);
  });

  test("a mapping reports a failed function", async () => {
    const QueueUrl = await newQueue();
    await send(QueueUrl, "a");
    let isFirst = true;
    const { reports } = poll(QueueUrl, () => {
      const result = isFirst ? FAILED : returned();
      isFirst = false;
      return result;
    });
    await expect.poll(() => reports).toEqual(["m: 1 messages stay in the queue: It fails."]);
  });

  test("a mapping without ReportBatchItemFailures deletes the whole batch on success", async () => {
    const QueueUrl = await newQueue();
    await send(QueueUrl, "a", "b");
    const seen: string[] = [];
    const answer = (event: SQSEvent) => {
      seen.push(...bodiesOf(event));
      return failures(...event.Records.map(({ messageId }) => messageId));
    };
    poll(QueueUrl, answer, { reportsFailures: false });
    await expect.poll(() => seen.length).toBe(2);
    await expect.poll(() => countMessages(QueueUrl)).toEqual(["0", "0"]);
  });

  test("a mapping gathers a batch from several receive calls within its window", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "60" });
    await send(QueueUrl, ...Array.from({ length: 26 }, (_, index) => String(index)));
    const batches: string[][] = [];
    const bothReceived = Promise.withResolvers<void>();
    const answer = async (event: SQSEvent) => {
      if (batches.push(bodiesOf(event)) === 2) bothReceived.resolve();
      // Otherwise the first poller would take the remaining messages, and the second batch would stay incomplete.
      await bothReceived.promise;
      return returned();
    };
    poll(QueueUrl, answer, { batchSize: 13, windowSeconds: 50 });
    await expect.poll(() => batches.map(({ length }) => length)).toEqual([13, 13]);
    expect(new Set(batches.flat()).size).toBe(26);
    await expect.poll(() => countMessages(QueueUrl)).toEqual(["0", "0"]);
  });

  test("a mapping delivers an incomplete batch when its window ends", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "60" });
    await send(QueueUrl, "a");
    const batches: string[][] = [];
    const answer = (event: SQSEvent) => {
      batches.push(bodiesOf(event));
      return returned();
    };
    poll(QueueUrl, answer, { batchSize: 100, windowSeconds: 1 });
    await expect.poll(() => batches, { timeout: 10_000 }).toEqual([["a"]]);
  });

  test("a mapping runs at most maximumConcurrency batches concurrently", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "60" });
    await send(QueueUrl, "1", "2", "3", "4", "5", "6");
    const mayEnd = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const answer = async () => {
      most = Math.max(most, ++running);
      await mayEnd.promise;
      running -= 1;
      return returned();
    };
    poll(QueueUrl, answer, { batchSize: 1, maximumConcurrency: 2 });
    await expect.poll(() => running).toBe(2);
    expect(await countMessages(QueueUrl)).toEqual(["4", "2"]);
    mayEnd.resolve();
    await expect.poll(() => countMessages(QueueUrl)).toEqual(["0", "0"]);
    expect(most).toBe(2);
  });

  test("a stopped mapping waits for the running function and reports no failure", async () => {
    const QueueUrl = await newQueue();
    await send(QueueUrl, "a");
    const received = Promise.withResolvers<void>();
    const result = Promise.withResolvers<InvocationResult>();
    const { stopping, ended, reports } = poll(QueueUrl, async () => {
      received.resolve();
      return await result.promise;
    });
    await received.promise;
    stopping.abort();
    result.resolve(FAILED);
    await ended;
    expect(reports).toEqual([]);
  });

  test("a mapping reports an unreadable queue and can still be stopped", async () => {
    const other = await startServer();
    const client = openServerClient(other, REGION);
    onTestFinished(() => client.destroy());
    const queue = { name: "q", arn: arnOf("q"), attributes: {} };
    const queueUrl = (await createQueues(client, [queue])).get(queue.arn) ?? "";
    const stopping = new AbortController();
    const reports: string[] = [];
    const limits = { batchSize: 1, windowSeconds: 0, maximumConcurrency: 2, reportsFailures: false };
    const mapping = { logicalName: "m", queueArn: queue.arn, functionArn: FUNCTION_ARN, ...limits };
    const ended = pollQueue(mapping, {
      client,
      queueUrl,
      report: (line) => reports.push(line),
      signal: stopping.signal,
      invoke: async () => returned(),
    });
    await other[Symbol.asyncDispose]();
    await expect.poll(() => reports.length).toBeGreaterThan(0);
    expect(reports[0]).toMatch(/^m: /);
    stopping.abort();
    await ended;
  });
});
