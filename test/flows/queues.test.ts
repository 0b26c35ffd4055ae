import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { writePage } from "#lambdas/delivery/page.ts";
import { broadcast, isPush, openQueues, publish, setBasket, Watcher } from "#support/clients.ts";
import { output } from "#support/output.ts";

/*
 * What other systems send, and publishes by pages, through a real ElasticMQ. Does not prove that SQS and Lambda's pollers
 * behave as they do here, nor how fast they are.
 */
let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack({ config: { userAccess: "open", directWatchers: "1" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

type Queue = "notifyConnectionQueueUrl" | "notifyUserQueueUrl";

async function send(queue: Queue, body: unknown): Promise<void> {
  const MessageBody = typeof body === "string" ? body : JSON.stringify(body);
  await openQueues(stack).send(new SendMessageCommand({ QueueUrl: output(stack, queue), MessageBody }));
}

/** The URL of the queue that keeps what could not be delivered. */
async function deadLettersOf(QueueUrl: string): Promise<string> {
  const AttributeNames = ["RedrivePolicy"] as const;
  const sqs = openQueues(stack);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  const { deadLetterTargetArn } = JSON.parse(Attributes?.["RedrivePolicy"] ?? "");
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const name = String(deadLetterTargetArn).split(":").at(-1) ?? "";
  return QueueUrls.find((url) => url.endsWith(`/${name}`)) ?? expect.fail(`There is no queue ${name}`);
}

/** Has what fails be tried again after a second instead of three minutes. */
async function tryAgainSoon(QueueUrl: string): Promise<void> {
  const Attributes = { VisibilityTimeout: "1" };
  await openQueues(stack).send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
}

const dataOf = (watcher: Watcher, n: number) =>
  watcher.frame((frame) => (frame as unknown as { n?: number }).n === n);

describe("another system of the account", () => {
  test("sends JSON to one connection", async () => {
    await using watcher = await Watcher.connect(stack);
    await using other = await Watcher.connect(stack);
    const connectionId = await watcher.watch("Q1");
    await send("notifyConnectionQueueUrl", { connectionId, data: { n: 1, deep: [null, "ü"] } });
    expect(await dataOf(watcher, 1)).toEqual({ n: 1, deep: [null, "ü"] });
    await other.watch("Q1");
    expect(other.frames).toHaveLength(1);
  });

  test("sends JSON to every connection of a user", async () => {
    await using first = await Watcher.connect(stack);
    await using second = await Watcher.connect(stack);
    for (const watcher of [first, second]) await watcher.ask({ action: "user", id: "q2" });
    await send("notifyUserQueueUrl", { userId: "q2", data: { n: 2 } });
    for (const watcher of [first, second]) expect(await dataOf(watcher, 2)).toEqual({ n: 2 });
  });

  test.each([
    [
      "numbers that a double does not hold",
      '{"n":10,"orderId":9007199254740993,"price":1.10,"x":[-0,1E+05]}',
    ],
    ["white space, order and repeated names", '{ "n" : 11 ,\n\t"b":1, "a":2, "a":3 }'],
    ["escapes and lone surrogates", '{"n":12,"text":"\\u00e9\\/\\ud83d\\ufffe\\u0000"}'],
    ["letters of every script", '{"n":13,"text":"Märkte 数字 😀 \u202e\u2028"}'],
    ["deep nesting", `{"n":14,"deep":${"[".repeat(5_000)}${"]".repeat(5_000)}}`],
  ])("sends %s to a connection and to a user as they were written", async (_what, data) => {
    await using watcher = await Watcher.connect(stack);
    const answer = await watcher.ask({ action: "user", id: "verbatim" });
    const connectionId = answer.action === "quotes" ? answer["connection-id"] : "";
    await send("notifyConnectionQueueUrl", `{"connectionId":"${connectionId}", "data" : ${data} }`);
    await send("notifyUserQueueUrl", `{"data":${data},"userId":"verbatim"}`);
    await expect.poll(() => watcher.texts.filter((text) => text === data).length).toBe(2);
  });

  test("may send to who is not there: it is done with", async () => {
    await using watcher = await Watcher.connect(stack);
    const connectionId = await watcher.watch("Q3");
    await send("notifyConnectionQueueUrl", { connectionId: "GoneGoneGoneGon=", data: {} });
    await send("notifyUserQueueUrl", { userId: "nobody", data: {} });
    await send("notifyConnectionQueueUrl", { connectionId, data: { n: 3 } });
    await dataOf(watcher, 3);
    for (const queue of ["notifyConnectionQueueUrl", "notifyUserQueueUrl"] as const) {
      const QueueUrl = output(stack, queue);
      await expect
        .poll(async () => {
          const { Attributes = {} } = await openQueues(stack).send(
            new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
          );
          return [
            Attributes["ApproximateNumberOfMessages"],
            Attributes["ApproximateNumberOfMessagesNotVisible"],
          ];
        })
        .toEqual(["0", "0"]);
    }
  });

  test("finds in the dead-letter queue what can never succeed, and the log says why", async () => {
    const QueueUrl = output(stack, "notifyConnectionQueueUrl");
    await tryAgainSoon(QueueUrl);
    const bodies = ["no JSON", '{"connectionId":"x"}', JSON.stringify({ connectionId: 1, data: 1 })];
    await using watcher = await Watcher.connect(stack);
    const connectionId = await watcher.watch("Q4");
    const tooLarge = JSON.stringify({ connectionId, data: "x".repeat(129 * 1024) });
    for (const body of [...bodies, tooLarge]) await send("notifyConnectionQueueUrl", body);
    await send("notifyConnectionQueueUrl", { connectionId, data: { n: 4 } });
    await dataOf(watcher, 4);

    const deadLetters = await deadLettersOf(QueueUrl);
    const found: string[] = [];
    await expect
      .poll(
        async () => {
          const { Messages = [] } = await openQueues(stack).send(
            new ReceiveMessageCommand({ QueueUrl: deadLetters, MaxNumberOfMessages: 10 }),
          );
          found.push(...Messages.map(({ Body = "" }) => Body));
          return found.sort();
        },
        { timeout: 45_000, interval: 500 },
      )
      .toEqual([...bodies, tooLarge].sort());
    const reasons = stack.logs
      .filter(({ source, line }) => source === "notify" && line.includes("A message can never succeed"))
      .map(({ line }) => String(JSON.parse(line).reason));
    expect(new Set(reasons.map((reason) => reason.slice(0, 40)))).toEqual(
      new Set(['Expected {"connectionId":"…","data":…} o', "Expected data of at most 128 KiB, which "]),
    );
  });

  test("delivers the good messages of a batch with one that is nested 5,000 deep", async () => {
    await using watcher = await Watcher.connect(stack);
    const connectionId = await watcher.watch("Q9");
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    const bodies = [90, 91, 92, 93].map((n) => JSON.stringify({ connectionId, data: { n } }));
    const Entries = [...bodies, `{"connectionId":${deep},"data":1}`].map((MessageBody, index) => ({
      Id: String(index),
      MessageBody,
    }));
    const QueueUrl = output(stack, "notifyConnectionQueueUrl");
    await openQueues(stack).send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    for (const n of [90, 91, 92, 93]) await dataOf(watcher, n);
    expect(watcher.texts.filter((text) => text.startsWith('{"n":9'))).toHaveLength(4);
  });
});

describe("a publish with more watchers than it tells itself", () => {
  test("answers when they are queued, and each is told once of what it watches", async () => {
    await using one = await Watcher.connect(stack);
    await using two = await Watcher.connect(stack);
    await one.watch("P1-A", "P1-B");
    await two.watch("P1-B");
    const summary = { status: 200, body: { quotes: 2, watchers: 2, queued: 2 } };
    expect(await publish(stack, "ticker=P1-A&price=1&ticker=P1-B&price=2")).toEqual(summary);
    const tickersOf = async (watcher: Watcher) =>
      (await watcher.frame(isPush)).quotes.map(({ ticker }) => ticker);
    expect(await tickersOf(one)).toEqual(["P1-A", "P1-B"]);
    expect(await tickersOf(two)).toEqual(["P1-B"]);
  });

  test("a broadcast and the change of a basket go the same way", async () => {
    await using one = await Watcher.connect(stack);
    await using two = await Watcher.connect(stack);
    for (const watcher of [one, two]) await watcher.ask({ action: "watch", baskets: ["p2"] });
    expect((await broadcast(stack, "Hello")).body).toEqual({
      watchers: expect.any(Number),
      queued: expect.any(Number),
    });
    const changed = {
      basket: { name: "p2", version: expect.any(Number), tickers: ["P2"] },
      watchers: 2,
      queued: 2,
    };
    expect(await setBasket(stack, "p2", "P2")).toEqual(changed);
    for (const watcher of [one, two]) {
      await watcher.frame(({ action }) => action === "notice");
      expect(await watcher.frame(isPush)).toMatchObject({ baskets: [changed.basket], quotes: [] });
    }
  });

  test("whose page comes twice tells all of it twice, and nobody shows an older price", async () => {
    await using watcher = await Watcher.connect(stack);
    const connectionId = await watcher.watch("P3");
    const quote = { ticker: "P3", price: 1, version: 1, at: new Date().toISOString() };
    const news = { action: "quotes", quotes: [quote] } as const;
    const MessageBody = writePage({ news, recipients: [{ connectionId }] });
    const sqs = openQueues(stack);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: "notify-page" }));
    const QueueUrl = QueueUrls.find((url) => !url.includes("dead-letters"));
    for (let time = 0; time < 2; time++) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    await expect.poll(() => watcher.frames.filter(isPush).length).toBe(2);
    const [first, second] = watcher.frames.filter(isPush);
    expect(first).toEqual({ action: "quotes", "connection-id": connectionId, quotes: [quote] });
    expect(second).toEqual(first);
  });
});
