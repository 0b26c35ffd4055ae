/* What the proxy changes in the answers of a server that speaks SQS. Who may pass is test/local/permissions' part. */
import { createServer } from "node:http";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { closeServer, listenOnLoopback } from "../../../local/gateway/loopback-server.ts";
import { serveQueueDoor } from "../../../local/queues/queue-door.ts";
import { OPEN_DOOR } from "../permissions/open-door.ts";

/** A client of the proxy, in front of a server that answers every request with `answer`. */
async function open(answer: (target: string) => object) {
  let target = "";
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(answer(target)));
    });
  });
  target = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  onTestFinished(() => closeServer(server));
  const door = await serveQueueDoor({
    target,
    region: "us-east-1",
    accountId: "123456789012",
    door: OPEN_DOOR,
  });
  onTestFinished(() => door[Symbol.asyncDispose]());
  const client = new SQSClient({
    endpoint: door.url,
    region: "us-east-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    // The answers here have no digest.
    md5: false,
  });
  onTestFinished(() => client.destroy());
  return { client, url: door.url, target };
}

test("the URL of a queue leads back through the proxy", async () => {
  const { client, url } = await open((target) => ({ QueueUrl: `${target}/123456789012/q` }));
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "q" }));
  expect(QueueUrl).toBe(`${url}/123456789012/q`);
});

test("a message that contains the address of the server behind the proxy is not changed", async () => {
  const write = (target: string) => `\uFEFF{"url":"${target}/x","id":9007199254740993,"text":"é😀\\ud83d"}`;
  const { client, url, target } = await open((its) => ({ Messages: [{ MessageId: "a", Body: write(its) }] }));
  const command = new ReceiveMessageCommand({ QueueUrl: `${url}/123456789012/q` });
  const { Messages = [] } = await client.send(command);
  expect(Messages.map(({ Body }) => Body)).toEqual([write(target)]);
});
