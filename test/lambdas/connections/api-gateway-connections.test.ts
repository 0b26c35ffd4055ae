import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { ApiGatewayConnections } from "../../../lambdas/connections/api-gateway-connections.ts";

/*
 * The real SDK against a server that gives one answer after the other, in the words of API Gateway. Does not prove that
 * these are its words: test/local/gateway holds the local one to AWS's documentation, test/flows puts both together.
 */
vi.stubEnv("AWS_REGION", "us-east-1");
vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example-secret");

interface Answer {
  readonly status: number;
  readonly errorType?: string;
}

const GONE: Answer = { status: 410, errorType: "GoneException" };
const LIMIT: Answer = { status: 429, errorType: "LimitExceededException" };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Gives `answers` in turn, the last one for ever. */
async function serve(...answers: readonly Answer[]) {
  const requests: string[] = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { status, errorType } = answers[Math.min(requests.length, answers.length - 1)] ?? { status: 200 };
    requests.push(`${request.method} ${request.url} ${body}`);
    response.writeHead(
      status,
      errorType ? { "x-amzn-errortype": errorType, "content-type": "application/json" } : {},
    );
    response.end(errorType && "{}");
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { requests, connections: new ApiGatewayConnections(`http://127.0.0.1:${port}/development`) };
}

test("a post carries the data to the stage's connection, whose id is encoded", async () => {
  const { connections, requests } = await serve({ status: 200 });
  expect(await connections.post("a/b=", '{"x":1}')).toBe("delivered");
  expect(requests).toEqual(['POST /development/@connections/a%2Fb%3D {"x":1}']);
});

test.each([
  ["gone", GONE],
  ["gone", { status: 400, errorType: "BadRequestException" }],
  ["too-large", { status: 413, errorType: "PayloadTooLargeException" }],
  ["forbidden", { status: 403, errorType: "ForbiddenException" }],
  ["forbidden", { status: 403, errorType: "UnrecognizedClientException" }],
])("a post is %s after one answer of %j", async (outcome, answer) => {
  const { connections, requests } = await serve(answer);
  expect(await connections.post("a=", "x")).toBe(outcome);
  expect(requests).toHaveLength(1);
});

test.each([LIMIT, { status: 500, errorType: "InternalServerError" }, { status: 503 }])(
  "a post is tried again after %j",
  async (answer) => {
    const { connections, requests } = await serve(answer, answer, { status: 200 });
    expect(await connections.post("a=", "x")).toBe("delivered");
    expect(requests).toHaveLength(3);
  },
);

test("a post is given up after five answers of 429", async () => {
  const { connections, requests } = await serve(LIMIT);
  expect(await connections.post("a=", "x")).toBe("unreachable");
  expect(requests).toHaveLength(5);
});

test("a post to nobody is unreachable", async () => {
  const connections = new ApiGatewayConnections("http://127.0.0.1:1/development");
  expect(await connections.post("a=", "x")).toBe("unreachable");
});

test.each([
  [true, { status: 204 }],
  [true, GONE],
  [false, { status: 403, errorType: "ForbiddenException" }],
  [false, LIMIT],
])("a close says %s after %j", async (isClosed, answer) => {
  const { connections, requests } = await serve(answer);
  expect(await connections.close("a=")).toBe(isClosed);
  expect(requests[0]).toBe("DELETE /development/@connections/a%3D ");
});
