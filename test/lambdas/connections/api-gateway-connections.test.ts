import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { ApiGatewayConnections } from "#lambdas/connections/api-gateway-connections.ts";
import { within } from "#lambdas/deadline.ts";

/*
 * The real SDK against a fake that returns the given responses. Does not prove that API Gateway returns these: the emulator is
 * tested against the AWS documentation in test/emulator/apigateway, and both together in test/flows.
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
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
});

/** Returns `answers` in order, and repeats the last one. */
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

/** Holds every request until the test answers it. */
async function hold() {
  const held: { readonly id: string; readonly answer: (status: number) => void }[] = [];
  server = createServer((request, response) => {
    const id = decodeURIComponent(request.url?.split("/").at(-1) ?? "");
    request.resume();
    const answer = (status: number) => {
      if (!response.headersSent) response.writeHead(status).end();
    };
    held.push({ id, answer });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { held, connections: new ApiGatewayConnections(`http://127.0.0.1:${port}/development`) };
}

test("a post sends the data to the path of the stage with the connection id encoded", async () => {
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
])("a post returns %s without a retry after %j", async (outcome, answer) => {
  const { connections, requests } = await serve(answer);
  expect(await connections.post("a=", "x")).toBe(outcome);
  expect(requests).toHaveLength(1);
});

test.each([LIMIT, { status: 500, errorType: "InternalServerError" }, { status: 503 }])(
  "a post is retried after %j",
  async (answer) => {
    const { connections, requests } = await serve(answer, answer, { status: 200 });
    expect(await connections.post("a=", "x")).toBe("delivered");
    expect(requests).toHaveLength(3);
  },
);

test("a post returns unreachable after five 429 responses", async () => {
  const { connections, requests } = await serve(LIMIT);
  expect(await connections.post("a=", "x")).toBe("unreachable");
  expect(requests).toHaveLength(5);
});

test("a post returns unreachable when the connection is refused", async () => {
  const connections = new ApiGatewayConnections("http://127.0.0.1:1/development");
  expect(await connections.post("a=", "x")).toBe("unreachable");
});

test.each([
  [true, { status: 204 }],
  [true, GONE],
  [false, { status: 403, errorType: "ForbiddenException" }],
  [false, LIMIT],
])("a close returns %s after %j", async (isClosed, answer) => {
  const { connections, requests } = await serve(answer);
  expect(await connections.close("a=")).toBe(isClosed);
  expect(requests[0]).toBe("DELETE /development/@connections/a%3D ");
});

test("64 posts run concurrently, and a retry comes after the first attempt of all others", async () => {
  const { connections, held } = await hold();
  const ids = Array.from({ length: 70 }, (_, n) => `c${n}=`);
  const outcomes = ids.map((id) => connections.post(id, "x"));
  await expect.poll(() => held.length).toBe(64);
  held[0]?.answer(503);
  await expect.poll(() => held.length).toBe(65);
  for (let n = 1; n < 71; n++) {
    await expect.poll(() => held.length).toBeGreaterThan(n);
    expect(held.length - n).toBeLessThanOrEqual(64);
    held[n]?.answer(200);
  }
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["delivered"]));
  const tried = held.map(({ id }) => id);
  expect(new Set(tried.slice(0, 70))).toEqual(new Set(ids));
  expect(tried.slice(70)).toEqual([tried[0]]);
});

test("the wait for the semaphore does not count as retry time", async () => {
  const { connections, held } = await hold();
  const outcomes = Array.from({ length: 65 }, (_, n) => connections.post(`c${n}=`, "x"));
  await expect.poll(() => held.length).toBe(64);
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.advanceTimersByTime(60_000);
  held[0]?.answer(200);
  await vi.waitUntil(() => held.length === 65);
  held[64]?.answer(503);
  await vi.waitUntil(() => held.length === 66);
  for (const { answer } of held) answer(200);
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["delivered"]));
  expect(held[65]?.id).toBe(held[64]?.id);
});

test("no request is sent after the deadline", async () => {
  const { connections, requests } = await serve({ status: 200 });
  expect(await within(0, () => connections.post("a=", "x"))).toBe("unreachable");
  expect(await within(0, () => connections.close("a="))).toBe(false);
  expect(requests).toEqual([]);
});

test("a post is not retried when the deadline has passed meanwhile", async () => {
  const { connections, held } = await hold();
  vi.useFakeTimers({ toFake: ["performance"] });
  const outcome = within(1_000, () => connections.post("a=", "x"));
  await vi.waitUntil(() => held.length === 1);
  vi.advanceTimersByTime(1_000);
  held[0]?.answer(503);
  expect(await outcome).toBe("unreachable");
  expect(held).toHaveLength(1);
});
