import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { SqsPageQueue } from "#lambdas/delivery/sqs-page-queue.ts";
import { QueueError } from "#protocol/errors.ts";

/*
 * The real SDK against a server that speaks SQS's JSON protocol, as far as `SendMessageBatch` goes. Does not prove that SQS
 * counts as this server does, nor that the role may send.
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

/** What SQS does with the batch of the `n`th request: an HTTP status, or which of the bodies it does not take. */
type Judge = (batch: Batch, n: number) => number | readonly string[];

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(judge: Judge = () => []) {
  const requests: { target: string; url: string; batch: Batch }[] = [];
  server = createServer(async (request, response) => {
    request.setEncoding("utf8");
    let body = "";
    for await (const chunk of request) body += chunk;
    const batch: Batch = JSON.parse(body);
    const target = `${request.headers["x-amz-target"]}`;
    const verdict = judge(batch, requests.push({ target, url: `${request.method} ${request.url}`, batch }));
    response.writeHead(typeof verdict === "number" ? verdict : 200, {
      "content-type": "application/x-amz-json-1.0",
    });
    response.end(JSON.stringify(typeof verdict === "number" ? { message: "no" } : taken(batch, verdict)));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { requests, queue: new SqsPageQueue(`http://127.0.0.1:${port}`, QUEUE_URL) };
}

/** The answer that takes all but `refused`. The SDK checks the sums. */
function taken({ Entries }: Batch, refused: readonly string[]) {
  const isTaken = ({ MessageBody }: Entry) => !refused.includes(MessageBody);
  return {
    Successful: Entries.filter(isTaken).map(({ Id, MessageBody }) => ({
      Id,
      MessageId: `message-${Id}`,
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    })),
    Failed: Entries.filter((entry) => !isTaken(entry)).map(({ Id }) => ({
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

test("pages go to the endpoint, in the name of the queue that is at home elsewhere", async () => {
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

test("nothing to send asks nobody", async () => {
  const { queue, requests } = await serve();
  await queue.send([]);
  expect(requests).toEqual([]);
});

test("a request has ten pages at most", async () => {
  const served = await serve();
  await served.queue.send(pages(21));
  expect(bodies(served)).toEqual([pages(21).slice(0, 10), pages(21).slice(10, 20), ["page 20"]]);
});

test("a request has 1 MiB at most, counted in bytes", async () => {
  const served = await serve();
  // Two bytes a letter in UTF-8.
  const half = "ä".repeat(MAX_BYTES / 4);
  await served.queue.send([half, half, "x", half, half]);
  expect(bodies(served).map((batch) => batch.map((body) => body.length))).toEqual([
    [MAX_BYTES / 4, MAX_BYTES / 4],
    [1, MAX_BYTES / 4],
    [MAX_BYTES / 4],
  ]);
});

test("what SQS did not take is sent again, and only that", async () => {
  const served = await serve((_, n) => (n === 1 ? ["page 1", "page 3"] : n === 2 ? ["page 3"] : []));
  await served.queue.send(pages(5));
  expect(bodies(served)).toEqual([pages(5), ["page 1", "page 3"], ["page 3"]]);
});

test("a page that SQS never takes is a fault, after four attempts, and nothing more is sent", async () => {
  const served = await serve(() => ["page 1"]);
  const sending = served.queue.send(pages(11));
  await expect(sending).rejects.toThrow(
    new QueueError("SQS did not take 1 of 10 pages.", { isPartial: true }),
  );
  expect(bodies(served)).toEqual([pages(10), ["page 1"], ["page 1"], ["page 1"]]);
});

test("a request that fails once is repeated", async () => {
  const served = await serve((_, n) => (n === 1 ? 500 : []));
  await served.queue.send(["one"]);
  expect(bodies(served)).toEqual([["one"], ["one"]]);
});

test("requests that fail for ever are a fault, with the SDK's error as its cause", async () => {
  const { queue, requests } = await serve(() => 500);
  const sending = queue.send(["one"]);
  await expect(sending).rejects.toThrow(/^Expected SQS to take 1 pages: /);
  await expect(sending).rejects.toMatchObject({
    name: "QueueError",
    code: "QUEUE_REFUSED",
    isPartial: false,
    cause: { $metadata: { httpStatusCode: 500 } },
  });
  // The SDK's own attempts.
  expect(requests).toHaveLength(3);
});

test("a request that SQS refuses is a fault at once", async () => {
  const { queue, requests } = await serve(() => 403);
  await expect(queue.send(["one"])).rejects.toMatchObject({ cause: { $metadata: { httpStatusCode: 403 } } });
  expect(requests).toHaveLength(1);
});

test("a queue that nobody serves is a fault", async () => {
  const queue = new SqsPageQueue("http://127.0.0.1:1", QUEUE_URL);
  await expect(queue.send(["one"])).rejects.toMatchObject({ name: "QueueError", isPartial: false });
});
