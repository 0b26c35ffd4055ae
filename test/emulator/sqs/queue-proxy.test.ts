/* The queue proxy in front of a stub of ElasticMQ. Does not prove authorization: see test/emulator/iam. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { closeServer, listenOnLoopback } from "#emulator/apigateway/loopback-server.ts";
import { type Certificate, clientTls, createCertificate } from "#emulator/neptune/certificate.ts";
import { serveQueueProxy } from "#emulator/sqs/queue-proxy.ts";
import { ALLOW_ALL } from "../iam/allow-all.ts";

let certificate: Certificate;
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), "ticker-watch-queues-"));
  certificate = await createCertificate(directory);
  return () => rm(directory, { recursive: true });
});

/** A client of the proxy, in front of a server that sends `respond` for every request. */
async function open(respond: (target: string) => object) {
  let queueUrlOrigin = "";
  const { pfx, passphrase, pem: ca } = certificate;
  const tls = { pfx, passphrase, ca, requestCert: true, rejectUnauthorized: true };
  const server = createServer(tls, (request, response) => {
    request.resume().once("end", () => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(respond(queueUrlOrigin)));
    });
  });
  const url = `https://127.0.0.1:${await listenOnLoopback(server)}`;
  queueUrlOrigin = url.replace("https:", "http:");
  onTestFinished(() => closeServer(server));
  const proxy = await serveQueueProxy({
    target: { url, tls: clientTls(certificate), queueUrlOrigin },
    region: "us-east-1",
    accountId: "123456789012",
    authProxy: ALLOW_ALL,
  });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const client = new SQSClient({
    endpoint: proxy.url,
    region: "us-east-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    // The stub sends no digests.
    md5: false,
  });
  onTestFinished(() => client.destroy());
  return { client, url: proxy.url, target: queueUrlOrigin };
}

test("a queue URL returned by the queue proxy points to the proxy", async () => {
  const { client, url } = await open((target) => ({ QueueUrl: `${target}/123456789012/q` }));
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "q" }));
  expect(QueueUrl).toBe(`${url}/123456789012/q`);
});

test("a message that contains the URL of ElasticMQ passes the queue proxy unchanged", async () => {
  const write = (target: string) => `\uFEFF{"url":"${target}/x","id":9007199254740993,"text":"é😀\\ud83d"}`;
  const { client, url, target } = await open((its) => ({ Messages: [{ MessageId: "a", Body: write(its) }] }));
  const command = new ReceiveMessageCommand({ QueueUrl: `${url}/123456789012/q` });
  const { Messages = [] } = await client.send(command);
  expect(Messages.map(({ Body }) => Body)).toEqual([write(target)]);
});
