import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { SqsRecipientBatchQueue } from "#lambdas/delivery/sqs-page-queue.ts";
import { QueueError } from "#protocol/errors.ts";

/*
 * The real SDK against a fake of `SendMessageBatch` in the JSON protocol of SQS. Does not prove that SQS counts bytes as the fake
 * does, nor that the role may send.
 */
vi.stubEnv("AWS_REGION", "us-east-1");
vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example-secret");

const QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/notify-page";
const MAX_BYTES = 1024 * 1024;

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}

interface Batch {
  readonly QueueUrl: string;
  readonly Entries: readonly Entry[];
}

/** The response to the `n`th request: an HTTP status, or the bodies that SQS rejects. */
type Respond = (batch: Batch, n: number) => number | readonly string[];

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(respond: Respond = () => []) {
  const requests: { target: string; url: string; batch: Batch }[] = [];
  server = createServer(async (request, response) => {
    request.setEncoding("utf8");
    let body = "";
    for await (const chunk of request) body += chunk;
    const batch: Batch = JSON.parse(body);
    const target = `${request.headers["x-amz-target"]}`;
    const result = respond(batch, requests.push({ target, url: `${request.method} ${request.url}`, batch }));
    response.writeHead(typeof result === "number" ? result : 200, {
      "content-type": "application/x-amz-json-1.0",
    });
    response.end(JSON.stringify(typeof result === "number" ? { message: "no" } : accepted(batch, result)));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { requests, queue: new SqsRecipientBatchQueue(`http://127.0.0.1:${port}`, QUEUE_URL) };
}

/** A response that accepts all bodies except `rejected`. The SDK verifies the MD5 sums. */
function accepted({ Entries }: Batch, rejected: readonly string[]) {
  const isAccepted = ({ MessageBody }: Entry) => !rejected.includes(MessageBody);
  return {
    Successful: Entries.filter(isAccepted).map(({ Id, MessageBody }) => ({
      Id,
      MessageId: `message-${Id}`,
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    })),
    Failed: Entries.filter((entry) => !isAccepted(entry)).map(({ Id }) => ({
      Id,
      SenderFault: false,
      Code: "InternalError",
      Message: "no",
    })),
  };
}

const bodies = ({ requests }: Awaited<ReturnType<typeof serve>>) =>
  requests.map(({ batch }) => batch.Entries.map(({ MessageBody }) => MessageBody));

const pages = (count: number) => Array.from({ length: count }, (_, n) => `page ${n}`);

test("messages are sent to the endpoint and not to the host of the queue URL", async () => {
  const { queue, requests } = await serve();
  await queue.send(["one", "zwölf"]);
  expect(requests).toEqual([
    {
      target: "AmazonSQS.SendMessageBatch",
      url: "POST /",
      batch: {
        QueueUrl: QUEUE_URL,
        Entries: [
          { Id: "0", MessageBody: "one" },
          { Id: "1", MessageBody: "zwölf" },
        ],
      },
    },
  ]);
});

test("an empty list sends no request", async () => {
  const { queue, requests } = await serve();
  await queue.send([]);
  expect(requests).toEqual([]);
});

test("a request contains at most ten messages", async () => {
  const served = await serve();
  await served.queue.send(pages(21));
  expect(bodies(served)).toEqual([pages(21).slice(0, 10), pages(21).slice(10, 20), ["page 20"]]);
});

test("a request contains at most 1 MiB, counted in bytes", async () => {
  const served = await serve();
  // Two bytes per character in UTF-8.
  const half = "ä".repeat(MAX_BYTES / 4);
  await served.queue.send([half, half, "x", half, half]);
  expect(bodies(served).map((batch) => batch.map((body) => body.length))).toEqual([
    [MAX_BYTES / 4, MAX_BYTES / 4],
    [1, MAX_BYTES / 4],
    [MAX_BYTES / 4],
  ]);
});

test("only the messages that SQS rejected are sent again", async () => {
  const served = await serve((_, n) => (n === 1 ? ["page 1", "page 3"] : n === 2 ? ["page 3"] : []));
  await served.queue.send(pages(5));
  expect(bodies(served)).toEqual([pages(5), ["page 1", "page 3"], ["page 3"]]);
});

test("send throws after four rejections of a message, and sends no further request", async () => {
  const served = await serve(() => ["page 1"]);
  const sending = served.queue.send(pages(11));
  await expect(sending).rejects.toThrow(
    new QueueError("Expected SQS to accept 10 messages, but it rejected 1. Retry.", { isPartial: true }),
  );
  expect(bodies(served)).toEqual([pages(10), ["page 1"], ["page 1"], ["page 1"]]);
});

test("a request that fails once is retried", async () => {
  const served = await serve((_, n) => (n === 1 ? 500 : []));
  await served.queue.send(["one"]);
  expect(bodies(served)).toEqual([["one"], ["one"]]);
});

test("send throws with the SDK error as its cause when every attempt fails", async () => {
  const { queue, requests } = await serve(() => 500);
  const sending = queue.send(["one"]);
  await expect(sending).rejects.toThrow(/^Expected SQS to accept 1 messages: /);
  await expect(sending).rejects.toMatchObject({
    name: "QueueError",
    code: "QUEUE_REFUSED",
    isPartial: false,
    cause: { $metadata: { httpStatusCode: 500 } },
  });
  // The attempts of the SDK.
  expect(requests).toHaveLength(3);
});

test("send throws without a retry when SQS returns 403", async () => {
  const { queue, requests } = await serve(() => 403);
  await expect(queue.send(["one"])).rejects.toMatchObject({ cause: { $metadata: { httpStatusCode: 403 } } });
  expect(requests).toHaveLength(1);
});

test("send throws when the connection is refused", async () => {
  const queue = new SqsRecipientBatchQueue("http://127.0.0.1:1", QUEUE_URL);
  await expect(queue.send(["one"])).rejects.toMatchObject({ name: "QueueError", isPartial: false });
});
