import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import * as v from "valibot";
import { closeServer, listenOnLoopback, readBody, sendJson } from "../apigateway/loopback-server.ts";
import type { AuthProxy } from "../iam/auth-proxy.ts";
import type { Call } from "../iam/evaluate-policies.ts";
import type { ElasticMq } from "./elasticmq.ts";

/** The largest SQS batch (1 MiB) with room for JSON escapes. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

const TARGET = /^AmazonSQS\.(\w+?)(?:Batch)?$/;

/** Operations whose responses contain queue URLs. */
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
  /** For the service `sqs`. */
  readonly authProxy: AuthProxy;
}

export interface QueueProxy extends AsyncDisposable {
  /** `http://127.0.0.1:{port}`. */
  readonly url: string;
}

/**
 * Auth proxy in front of ElasticMQ. Supports only the JSON protocol, which all SDKs have used since 2023.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html
 */
export async function serveQueueProxy(options: QueueProxyOptions): Promise<QueueProxy> {
  let url = "";
  // Shorter than the idle timeout of ElasticMQ, 60 s.
  const agent = new Agent({ ...options.target.tls, keepAlive: true, timeout: 30_000 });
  const server = createServer((request, response) => {
    // Fails only when the client or ElasticMQ disconnects during the request.
    void forward({ ...options, url, agent }, request, response).catch(() => response.destroy());
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

async function forward(
  options: QueueProxyOptions & { readonly url: string; readonly agent: Agent },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES);
  const call = body && readCall(options, request, body);
  if (!body || !call)
    return refuse(response, 400, "InvalidParameterValue", "Expected a request in the SQS JSON protocol.");
  const result = await options.authProxy.authorizeRequest(request, body, call);
  if (!result.allowed) return refuse(response, 403, result.errorType, result.message);

  const disconnected = new AbortController();
  response.once("close", () => disconnected.abort());
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": String(request.headers["x-amz-target"]),
  };
  const { target, url, agent } = options;
  const { signal } = disconnected;
  const forwarded = httpsRequest(target.url, { method: "POST", headers, agent, signal });
  forwarded.end(body);
  const [reply] = (await once(forwarded, "response")) as [IncomingMessage];
  const bytes = await buffer(reply);
  // Queue URLs must point to this proxy; other responses can contain the same text in a message body.
  const isRewritten = RETURNS_URLS.test(headers["x-amz-target"]);
  const content = isRewritten ? Buffer.from(bytes.toString().replaceAll(target.queueUrlOrigin, url)) : bytes;
  response
    .writeHead(reply.statusCode ?? 502, {
      ...Object.fromEntries(Object.entries(reply.headers).filter(([name]) => name.startsWith("x-amzn"))),
      "content-type": headers["content-type"],
      "content-length": content.length,
    })
    .end(content);
}

/**
 * The call to authorize; `undefined` if it is not an SQS request. A batch requires the single action:
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
