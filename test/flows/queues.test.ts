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
 * Queue messages of other systems and queued fan-out through a real ElasticMQ. Does not prove the behaviour
 * or speed of SQS and the Lambda pollers.
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

/** The URL of the dead-letter queue. */
async function findDeadLetterQueue(QueueUrl: string): Promise<string> {
  const AttributeNames = ["RedrivePolicy"] as const;
  const sqs = openQueues(stack);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  const { deadLetterTargetArn } = JSON.parse(Attributes?.["RedrivePolicy"] ?? "");
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const name = String(deadLetterTargetArn).split(":").at(-1) ?? "";
  return (
    QueueUrls.find((url) => url.endsWith(`/${name}`)) ?? expect.fail(`Expected a queue ${name}, got none.`)
  );
}

/** Shortens the visibility timeout from three minutes to one second. */
async function shortenRedelivery(QueueUrl: string): Promise<void> {
  const Attributes = { VisibilityTimeout: "1" };
  await openQueues(stack).send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
}

const frameWith = (watcher: Watcher, n: number) =>
  watcher.frame((frame) => (frame as unknown as { n?: number }).n === n);

describe("queue messages of other systems", () => {
  test("a message to a connection reaches only this connection", async () => {
    await using watcher = await Watcher.connect(stack);
    await using other = await Watcher.connect(stack);
    const connectionId = await watcher.watch("Q1");
    await send("notifyConnectionQueueUrl", { connectionId, data: { n: 1, deep: [null, "ü"] } });
    expect(await frameWith(watcher, 1)).toEqual({ n: 1, deep: [null, "ü"] });
    await other.watch("Q1");
    expect(other.frames).toHaveLength(1);
  });

  test("a message to a user reaches every connection of the user", async () => {
    await using first = await Watcher.connect(stack);
    await using second = await Watcher.connect(stack);
    for (const watcher of [first, second]) await watcher.ask({ action: "user", id: "q2" });
    await send("notifyUserQueueUrl", { userId: "q2", data: { n: 2 } });
    for (const watcher of [first, second]) expect(await frameWith(watcher, 2)).toEqual({ n: 2 });
  });

  test.each([
    [
      "numbers that exceed double precision",
      '{"n":10,"orderId":9007199254740993,"price":1.10,"x":[-0,1E+05]}',
    ],
    ["white space, key order and duplicate keys", '{ "n" : 11 ,\n\t"b":1, "a":2, "a":3 }'],
    ["escapes and lone surrogates", '{"n":12,"text":"\\u00e9\\/\\ud83d\\ufffe\\u0000"}'],
    ["non-ASCII characters", '{"n":13,"text":"Märkte 数字 😀 \u202e\u2028"}'],
    ["deep nesting", `{"n":14,"deep":${"[".repeat(5_000)}${"]".repeat(5_000)}}`],
  ])("data with %s reaches a connection and a user byte for byte", async (_name, data) => {
    await using watcher = await Watcher.connect(stack);
    const answer = await watcher.ask({ action: "user", id: "verbatim" });
    const connectionId = answer.action === "quotes" ? answer["connection-id"] : "";
    await send("notifyConnectionQueueUrl", `{"connectionId":"${connectionId}", "data" : ${data} }`);
    await send("notifyUserQueueUrl", `{"data":${data},"userId":"verbatim"}`);
    await expect.poll(() => watcher.texts.filter((text) => text === data).length).toBe(2);
  });

  test("a message to an unknown connection or user is deleted from the queue", async () => {
    await using watcher = await Watcher.connect(stack);
    const connectionId = await watcher.watch("Q3");
    await send("notifyConnectionQueueUrl", { connectionId: "GoneGoneGoneGon=", data: {} });
    await send("notifyUserQueueUrl", { userId: "nobody", data: {} });
    await send("notifyConnectionQueueUrl", { connectionId, data: { n: 3 } });
    await frameWith(watcher, 3);
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

  test("invalid and oversized messages reach the dead-letter queue, and the reason is logged", async () => {
    const QueueUrl = output(stack, "notifyConnectionQueueUrl");
    await shortenRedelivery(QueueUrl);
    const bodies = ["no JSON", '{"connectionId":"x"}', JSON.stringify({ connectionId: 1, data: 1 })];
    await using watcher = await Watcher.connect(stack);
    const connectionId = await watcher.watch("Q4");
    const tooLarge = JSON.stringify({ connectionId, data: "x".repeat(129 * 1024) });
    for (const body of [...bodies, tooLarge]) await send("notifyConnectionQueueUrl", body);
    await send("notifyConnectionQueueUrl", { connectionId, data: { n: 4 } });
    await frameWith(watcher, 4);

    const deadLetterQueueUrl = await findDeadLetterQueue(QueueUrl);
    const found: string[] = [];
    await expect
      .poll(
        async () => {
          const { Messages = [] } = await openQueues(stack).send(
            new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
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
      new Set(['Expected {"connectionId":"…","data":…} o', "Expected data of at most 128 KiB, the AP"]),
    );
  });

  test("valid messages are delivered once in a batch with a message nested 5,000 levels deep", async () => {
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
    for (const n of [90, 91, 92, 93]) await frameWith(watcher, n);
    expect(watcher.texts.filter((text) => text.startsWith('{"n":9'))).toHaveLength(4);
  });
});

describe("queued fan-out above directWatchers", () => {
  test("a publish above directWatchers is queued, and each watcher gets its tickers once", async () => {
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

  test("broadcasts and basket changes above directWatchers are queued and reach all watchers", async () => {
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

  test("a redelivered recipient batch sends the same frame again", async () => {
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
