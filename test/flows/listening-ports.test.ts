/*
 * Sends foreign `Origin` and `Host` headers (DNS rebinding) to every listening socket of the stack, as a web
 * page on this machine can. Linux only (/proc). Does not prove protection against programs of the same user.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { GetQueueAttributesCommand, ListQueuesCommand } from "@aws-sdk/client-sqs";
import gremlin from "gremlin";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { openQueues } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { asPublisher, mintToken, protocolsWith } from "#support/tokens.ts";
import { type ListeningSocket, listListeningSockets } from "./listening-sockets.ts";

const FOREIGN = "evil.example";
const RESPONSE_TIMEOUT_MS = 20_000;

/** The listening services. Public ones accept unsigned requests from this machine. */
const SERVICES = {
  "watch page": "public",
  "WebSocket API": "public",
  "HTTP API": "public",
  "Lambda endpoint": "internal",
  "SQS proxy": "internal",
  "graph proxy": "internal",
  "Gremlin Server": "internal",
  ElasticMQ: "internal",
} as const;
type Service = keyof typeof SERVICES;

const OPEN = { publishAccess: "open", watchAccess: "open", userAccess: "open" };

const isLinux = process.platform === "linux";
const needsLinux = isLinux ? "" : " (skipped: finds sockets in /proc, which only Linux has)";

describe.skipIf(!isLinux).each([
  ["open, as with npm start", OPEN],
  ["locked, as with npm start -- --locked", {}],
])(`a stack that is %s${needsLinux}`, (_name, config) => {
  let stack: LocalStack;
  let sockets: ReadonlyMap<Service | string, ListeningSocket>;
  let queueUrls: readonly string[];
  let credentials: Credentials;

  beforeAll(async () => {
    const before = listListeningSockets(process.pid).map(({ port }) => port);
    stack = await startStack({ config });
    const listening = listListeningSockets(process.pid).filter(({ port }) => !before.includes(port));
    sockets = new Map(listening.map((socket) => [nameService(stack, socket), socket]));
    expect(sockets.size).toBe(listening.length);
    const sqs = openQueues(stack);
    queueUrls = (await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? [];
    sqs.destroy();
    credentials = { ...(await asPublisher(stack)), token: await mintToken(stack, "attacker") };
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("the stack listens only on the sockets of its services, all on 127.0.0.1", () => {
    expect([...sockets.keys()].sort()).toEqual(Object.keys(SERVICES).sort());
    expect([...sockets.values()].map(({ address }) => address)).toEqual([...sockets].map(() => "127.0.0.1"));
  });

  test.each(Object.keys(SERVICES) as Service[])(
    "%s rejects foreign Origin and Host headers, and graph and queues do not change",
    async (service) => {
      const { port } = sockets.get(service) ?? { port: 0 };
      const isQueueService = service === "SQS proxy" || service === "ElasticMQ";
      const requests = [
        ...createRequests(stack, port, isQueueService ? queueUrls : queueUrls.slice(0, 1), credentials),
      ];
      const served: string[] = [];
      transports: for (const transport of ["TCP", "TLS"] as const) {
        for (const [name, request] of requests) {
          for (const [caller, headers] of listCallers(service, port)) {
            const outcome = await exchange(transport, port, request(headers));
            if (outcome === "closed" || (typeof outcome === "number" && outcome >= 400)) continue;
            served.push(`${name}, ${caller}, ${transport}: ${outcome}`);
            // Each further request would also run into the timeout.
            if (outcome === "silent") continue transports;
          }
        }
      }
      expect(served).toEqual([]);
      expect(await describeState(stack, queueUrls)).toEqual({ vertices: [], messages: 0 });
    },
  );

  test("the watch page returns 200 for its own host and redirects other loopback hosts", async () => {
    const { port } = new URL(output(stack, "pageUrl"));
    const get = (host: string, more: readonly string[] = []) =>
      exchange("TCP", Number(port), createRequest("GET", "/", "")([`Host: ${host}:${port}`, ...more]));
    expect(await get("127.0.0.1")).toBe(200);
    expect(await get("127.0.0.1", [`Origin: ${output(stack, "pageUrl")}`])).toBe(200);
    expect([await get("localhost"), await get("[::1]")]).toEqual([302, 302]);
  });
});

test.skipIf(!isLinux)(`listListeningSockets finds a new socket of this process${needsLinux}`, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  expect(listListeningSockets(process.pid)).toContainEqual(
    expect.objectContaining({ pid: process.pid, port }),
  );
});

/** The name of the service on a socket, or the command of its process if unknown. */
function nameService({ outputs, endpoints }: LocalStack, { pid, port, command }: ListeningSocket): string {
  const addresses: readonly (readonly [Service, unknown])[] = [
    ["watch page", outputs["pageUrl"]],
    ["WebSocket API", outputs["watchUrl"]],
    ["HTTP API", outputs["publishUrl"]],
    ["Lambda endpoint", endpoints.lambda],
    ["SQS proxy", endpoints.sqs],
  ];
  const [name] = addresses.find(([, url]) => new URL(String(url)).port === String(port)) ?? [];
  if (name) return name;
  // Only the functions have the address of the graph proxy. A second unknown socket would get the same name.
  if (pid === process.pid) return "graph proxy";
  if (/\bLaunchGremlinServer\b|\bGremlinServer\b/.test(command)) return "Gremlin Server";
  if (/\bLaunchElasticMq\b|\belasticmq\.server\.Main\b/.test(command)) return "ElasticMQ";
  return `${command} on port ${port}`;
}

/** The identifying headers of each kind of caller, by name. */
function listCallers(service: Service, port: number): readonly (readonly [string, readonly string[]])[] {
  const host = `Host: 127.0.0.1:${port}`;
  return [
    ["foreign Origin", [host, `Origin: https://${FOREIGN}`]],
    ["Origin null", [host, "Origin: null"]],
    ["Origin of another port", [host, "Origin: http://127.0.0.1:9"]],
    ["foreign Host", [`Host: ${FOREIGN}:${port}`]],
    ["foreign Host and its Origin", [`Host: ${FOREIGN}:${port}`, `Origin: http://${FOREIGN}:${port}`]],
    ["Host of another port", ["Host: 127.0.0.1:9"]],
    ...(SERVICES[service] === "internal" ? [["right Host", [host]] as const] : []),
  ];
}

interface Credentials {
  readonly authorization: string;
  readonly token: string;
}

type CreateRequest = (headers: readonly string[]) => Buffer;

/** Requests that a web page can send, with valid tokens, by name. */
function* createRequests(
  stack: LocalStack,
  port: number,
  queueUrls: readonly string[],
  { authorization, token }: Credentials,
): Generator<readonly [string, CreateRequest]> {
  const protocol = `Sec-WebSocket-Protocol: ${protocolsWith(token).join(", ")}`;
  const watchPath = new URL(output(stack, "watchUrl")).pathname;
  const publishPath = new URL(output(stack, "publishUrl")).pathname;
  const bearer = `Authorization: ${authorization}`;
  for (const path of new Set(["/", "/gremlin", watchPath])) {
    for (const [name, frame] of Object.entries(FRAMES)) {
      yield [`upgrade of ${path} and ${name}`, createUpgrade(path, frame, [protocol])];
    }
  }
  const form = "Content-Type: application/x-www-form-urlencoded";
  for (const path of ["/", publishPath]) {
    yield [`form for ${path}`, createRequest("POST", path, "ticker=ATTACK&price=1", [form, bearer])];
    yield [
      `preflight for ${path}`,
      createRequest("OPTIONS", path, "", ["Access-Control-Request-Method: POST"]),
    ];
  }
  yield [
    "broadcast",
    createRequest("POST", `${publishPath.replace(/\/$/, "")}/broadcast`, "message=x", [form, bearer]),
  ];
  for (const queueUrl of queueUrls) {
    const { pathname } = new URL(queueUrl);
    const QueueUrl = `http://127.0.0.1:${port}${pathname}`;
    const query = new URLSearchParams({ Action: "SendMessage", MessageBody: "{}", QueueUrl }).toString();
    yield [`SendMessage by GET to ${pathname}`, createRequest("GET", `/?${query}`, "")];
    yield [`SendMessage by GET at ${pathname}`, createRequest("GET", `${pathname}?${query}`, "")];
    yield [`SendMessage by form to ${pathname}`, createRequest("POST", "/", query, [form])];
    const json = JSON.stringify({ QueueUrl, MessageBody: "{}" });
    for (const type of ["application/x-amz-json-1.0", "text/plain"]) {
      const headers = [`Content-Type: ${type}`, "X-Amz-Target: AmazonSQS.SendMessage"];
      yield [`SendMessage as ${type} to ${pathname}`, createRequest("POST", "/", json, headers)];
    }
    const move = new URLSearchParams({
      Action: "StartMessageMoveTask",
      SourceArn: `arn:aws:sqs:us-east-1:123456789012:${pathname.split("/").at(-1)}`,
    });
    yield [`StartMessageMoveTask of ${pathname}`, createRequest("GET", `/?${move}`, "")];
  }
  for (const action of ["ListQueues", "CreateQueue&QueueName=attack"]) {
    yield [action, createRequest("GET", `/?Action=${action}`, "")];
  }
  const names = stack.outputs["functionNames"] as Readonly<Record<string, string>>;
  for (const path of [
    "/",
    `/2015-03-31/functions/${names["operate"]}/invocations`,
    `${watchPath.replace(/\/$/, "")}/@connections/L0SM9cOFvHcCIhw=`,
  ]) {
    yield [`JSON for ${path}`, createRequest("POST", path, "{}", ["Content-Type: application/json"])];
  }
  for (const path of ["/", "/health", "/statistics/queues", "/gremlin?gremlin=1", "/json/version"]) {
    yield [`GET ${path}`, createRequest("GET", path, "")];
  }
}

const bytecode = { "@type": "g:Bytecode", "@value": { step: [["addV", "Attack"]] } };

/** WebSocket frames, masked with zeros so that the payload is readable. */
const FRAMES = {
  "a Groovy script": createFrame({ op: "eval", processor: "", args: { gremlin: "'id'.execute().text" } }),
  "a bytecode query": createFrame({
    op: "bytecode",
    processor: "traversal",
    args: { gremlin: bytecode, aliases: { g: "g" } },
  }),
};

function createFrame(request: object): Buffer {
  const requestId = { "@type": "g:UUID", "@value": "41d2e28a-20a4-4ab0-b379-d810dede3786" };
  const text = Buffer.from(JSON.stringify({ requestId, ...request }));
  const size = Buffer.alloc(2);
  size.writeUInt16BE(text.length);
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126]), size, Buffer.alloc(4), text]);
}

function createUpgrade(path: string, frame: Buffer, more: readonly string[]): CreateRequest {
  const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
  return (headers) =>
    Buffer.concat([
      Buffer.from([`GET ${path} HTTP/1.1`, ...headers, ...upgrade, key, ...more, "", ""].join("\r\n")),
      frame,
    ]);
}

function createRequest(
  method: string,
  path: string,
  body: string,
  more: readonly string[] = [],
): CreateRequest {
  const length = method === "GET" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return (headers) =>
    Buffer.from([`${method} ${path} HTTP/1.1`, ...headers, ...more, ...length, "", body].join("\r\n"));
}

/** The response status; `closed` if the connection ends without a response, `silent` after the timeout. */
async function exchange(
  transport: "TCP" | "TLS",
  port: number,
  request: Buffer,
): Promise<number | "closed" | "silent"> {
  const target = { port, host: "127.0.0.1" };
  const socket: Socket =
    transport === "TCP" ? connect(target) : connectTls({ ...target, rejectUnauthorized: false });
  return await new Promise((resolve) => {
    const settle = (outcome: number | "closed" | "silent") => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle("silent"), RESPONSE_TIMEOUT_MS);
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
      if (status) settle(Number(status));
    });
    socket.on("error", () => settle("closed"));
    socket.on("close", () => settle("closed"));
    socket.write(request);
  });
}

async function describeState(stack: LocalStack, queueUrls: readonly string[]) {
  await using graph = openGraph(stack.graph);
  const vertices = await graph.client.read(
    gremlin.process.traversal().withGraph(new gremlin.structure.Graph()).V().id(),
  );
  const sqs = openQueues(stack);
  let messages = 0;
  for (const QueueUrl of queueUrls) {
    const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
    const { Attributes = {} } = await sqs.send(request);
    messages += Number(Attributes.ApproximateNumberOfMessages);
    messages += Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  }
  sqs.destroy();
  return { vertices, messages };
}
