import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import * as v from "valibot";
import { closeServer, listenOnLoopback, readBody, sendJson } from "../apigateway/loopback-server.ts";
import type { Call } from "../iam/decide.ts";
import type { AuthProxy } from "../iam/door.ts";
import type { ElasticMq } from "./elasticmq.ts";

/** A batch of SQS's at its largest, and what JSON adds to it. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

const TARGET = /^AmazonSQS\.(\w+?)(?:Batch)?$/;

/** The operations whose answers contain URLs of queues. */
const RETURNS_URLS = /^AmazonSQS\.(?:CreateQueue|GetQueueUrl|ListQueues|ListDeadLetterSourceQueues)$/;

const QueueSchema = v.object({
  QueueUrl: v.optional(v.string()),
  QueueName: v.optional(v.string()),
});

export interface QueueProxyOptions {
  /** ElasticMQ. */
  readonly target: Pick<ElasticMq, "url" | "tls" | "queueUrlOrigin">;
  readonly region: string;
  readonly accountId: string;
  /** Of the service `sqs`. */
  readonly authProxy: AuthProxy;
}

export interface QueueProxy extends AsyncDisposable {
  /** `http://127.0.0.1:{port}`. */
  readonly url: string;
}

/**
 * What SQS has before its queues and ElasticMQ has not: a look at who comes and whether they may. Speaks the JSON protocol only, as
 * all SDKs since the end of 2023 do: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html
 */
export async function serveQueueProxy(options: QueueProxyOptions): Promise<QueueProxy> {
  let url = "";
  // Sooner than ElasticMQ closes an idle connection: after 60 s.
  const agent = new Agent({ ...options.target.tls, keepAlive: true, timeout: 30_000 });
  const server = createServer((request, response) => {
    // A request fails only by one of its ends going away in the middle of it.
    void pass({ ...options, url, agent }, request, response).catch(() => response.destroy());
  });
  url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      await closeServer(server);
      agent.destroy();
    },
  };
}

async function pass(
  options: QueueProxyOptions & { readonly url: string; readonly agent: Agent },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES);
  const call = body && readCall(options, request, body);
  if (!body || !call)
    return refuse(response, 400, "InvalidParameterValue", "Expected a request of SQS's JSON protocol.");
  const result = await options.authProxy.authorizeRequest(request, body, call);
  if (!result.allowed) return refuse(response, 403, result.errorType, result.message);

  const left = new AbortController();
  response.once("close", () => left.abort());
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": String(request.headers["x-amz-target"]),
  };
  const { target, url, agent } = options;
  const forwarded = httpsRequest(target.url, { method: "POST", headers, agent, signal: left.signal });
  forwarded.end(body);
  const [answer] = (await once(forwarded, "response")) as [IncomingMessage];
  const bytes = await buffer(answer);
  // The URLs of queues must lead back through this door. A message that contains one must not change.
  const isChanged = RETURNS_URLS.test(headers["x-amz-target"]);
  const content = isChanged ? Buffer.from(bytes.toString().replaceAll(target.queueUrlOrigin, url)) : bytes;
  response
    .writeHead(answer.statusCode ?? 502, {
      ...Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name.startsWith("x-amzn"))),
      "content-type": headers["content-type"],
      "content-length": content.length,
    })
    .end(content);
}

/**
 * What a request asks to do; `undefined` when it is none of SQS's. A batch needs the permission of what it is a batch of:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
 */
function readCall(
  { region, accountId }: QueueProxyOptions,
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
