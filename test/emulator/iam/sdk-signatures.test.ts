/* Signatures of the AWS SDK for JavaScript, received by a Node server. Does not prove those of other SDKs. */
import { createServer } from "node:http";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { closeServer, listenOnLoopback, readBody } from "#emulator/apigateway/loopback-server.ts";
import { type Verified, verifySignature } from "#emulator/iam/verify-signature.ts";
import { CREDENTIALS, REGION } from "./signing.ts";

const PRINCIPAL = { credentials: CREDENTIALS };
const OK = { ok: true, principal: PRINCIPAL };

/** A server that responds `{}` to requests signed for `service`, and the verification results. */
async function serve(service: string, find = (_accessKeyId: string) => PRINCIPAL) {
  const verified: Verified<typeof PRINCIPAL>[] = [];
  const urls: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request, 1024 * 1024);
    urls.push(request.url);
    const result = verifySignature(request, body, { service, region: REGION, nowMs: Date.now(), find });
    verified.push(result);
    response.setHeader("content-type", "application/json");
    if (result.ok) response.end("{}");
    else {
      response.writeHead(403, { "x-amzn-ErrorType": result.errorType });
      response.end(JSON.stringify({ message: result.message }));
    }
  });
  const port = await listenOnLoopback(server);
  onTestFinished(async () => await closeServer(server));
  const client = { region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  return { verified, urls, client: { ...client, endpoint: `http://127.0.0.1:${port}` } };
}

test("signatures of PostToConnection, GetConnection and DeleteConnection are valid", async () => {
  const { verified, urls, client } = await serve("execute-api");
  const connections = new ApiGatewayManagementApiClient({
    ...client,
    endpoint: `${client.endpoint}/development`,
  });
  const ConnectionId = "L0SM9cOFvHcCIhw=";
  await connections.send(new PostToConnectionCommand({ ConnectionId, Data: '{"price":"€ 1"}' }));
  await connections.send(new GetConnectionCommand({ ConnectionId }));
  await connections.send(new DeleteConnectionCommand({ ConnectionId }));
  expect(verified).toEqual([OK, OK, OK]);
  expect(urls).toEqual(Array(3).fill("/development/@connections/L0SM9cOFvHcCIhw%3D"));
});

test("the signature of SendMessage is valid", async () => {
  const { verified, client } = await serve("sqs");
  const QueueUrl = `${client.endpoint}/123456789012/notify`;
  const sqs = new SQSClient({ ...client, md5: false });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"name":"ü"}' }));
  expect(verified).toEqual([OK]);
});

test("the signature of Invoke with an ARN and an alias is valid", async () => {
  const { verified, urls, client } = await serve("lambda");
  const FunctionName = "arn:aws:lambda:us-east-1:123456789012:function:watch";
  await new LambdaClient(client).send(new InvokeCommand({ FunctionName, Qualifier: "next", Payload: "[1]" }));
  expect(verified).toEqual([OK]);
  expect(urls).toEqual([
    `/2015-03-31/functions/${encodeURIComponent(FunctionName)}/invocations?Qualifier=next`,
  ]);
});

test("the Lambda SDK client throws InvalidSignatureException for a 403 with that error type", async () => {
  const { client } = await serve("sns");
  const failure = await new LambdaClient(client)
    .send(new InvokeCommand({ FunctionName: "watch" }))
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({
    name: "InvalidSignatureException",
    message: "Credential should be scoped to correct service: 'sns'.",
    $metadata: { httpStatusCode: 403 },
  });
});
