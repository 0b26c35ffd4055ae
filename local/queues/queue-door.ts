import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as v from "valibot";
import { closeServer, listenOnLoopback, readBody, sendJson } from "../gateway/loopback-server.ts";
import type { Call } from "../permissions/decide.ts";
import type { Door } from "../permissions/door.ts";

/** A batch of SQS's at its largest, and what JSON adds to it. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

const TARGET = /^AmazonSQS\.(\w+?)(?:Batch)?$/;

/** The operations whose answers contain URLs of queues. */
const RETURNS_URLS = /^AmazonSQS\.(?:CreateQueue|GetQueueUrl|ListQueues|ListDeadLetterSourceQueues)$/;

const QueueSchema = v.object({
  QueueUrl: v.optional(v.string()),
  QueueName: v.optional(v.string()),
});

export interface QueueDoorOptions {
  /** ElasticMQ: `http://127.0.0.1:{port}`. */
  readonly target: string;
  readonly region: string;
  readonly accountId: string;
  /** Of the service `sqs`. */
  readonly door: Door;
}

export interface QueueDoor extends AsyncDisposable {
  /** `http://127.0.0.1:{port}`. */
  readonly url: string;
}

/**
 * What SQS has before its queues and ElasticMQ has not: a look at who comes and whether they may. Speaks the JSON protocol only, as
 * all SDKs since the end of 2023 do: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html
 */
export async function serveQueueDoor(options: QueueDoorOptions): Promise<QueueDoor> {
  let url = "";
  const server = createServer((request, response) => {
    // A request fails only by one of its ends going away in the middle of it.
    void pass(options, url, request, response).catch(() => response.destroy());
  });
  url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  return { url, [Symbol.asyncDispose]: () => closeServer(server) };
}

async function pass(
  options: QueueDoorOptions,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES);
  const call = body && readCall(options, request, body);
  if (!body || !call)
    return refuse(response, 400, "InvalidParameterValue", "Expected a request of SQS's JSON protocol.");
  const admission = await options.door.admit(request, body, call);
  if (!admission.admitted) return refuse(response, 403, admission.errorType, admission.message);

  const left = new AbortController();
  response.once("close", () => left.abort());
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": String(request.headers["x-amz-target"]),
  };
  const answer = await fetch(options.target, { method: "POST", headers, body, signal: left.signal });
  const bytes = Buffer.from(await answer.arrayBuffer());
  // The URLs of queues must lead back through this door. A message that contains one must not change.
  const isChanged = RETURNS_URLS.test(headers["x-amz-target"]);
  const text = isChanged ? Buffer.from(bytes.toString().replaceAll(options.target, url)) : bytes;
  response
    .writeHead(answer.status, {
      ...Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith("x-amzn"))),
      "content-type": headers["content-type"],
      "content-length": text.length,
    })
    .end(text);
}

/**
 * What a request asks to do; `undefined` when it is none of SQS's. A batch needs the permission of what it is a batch of:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
 */
function readCall(
  { region, accountId }: QueueDoorOptions,
  { headers }: IncomingMessage,
  body: Buffer,
): Call | undefined {
  const [, action] = TARGET.exec(String(headers["x-amz-target"])) ?? [];
  const parsed = v.safeParse(QueueSchema, parseJson(body));
  if (action === undefined || !parsed.success) return undefined;
  const { QueueUrl, QueueName } = parsed.output;
  const name = QueueName ?? QueueUrl?.split("/").at(-1) ?? "*";
  return { action: `sqs:${action}`, resource: `arn:aws:sqs:${region}:${accountId}:${name}` };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function refuse(response: ServerResponse, statusCode: number, type: string, message: string): void {
  sendJson(response, statusCode, { __type: `com.amazon.coral.service#${type}`, message });
}
