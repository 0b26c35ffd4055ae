import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseBroadcast, parseForm } from "#lambdas/publish/form.ts";
import { decodeBody } from "#lambdas/publish/form-fields.ts";

/* The handler with invalid events. A TCP server stands for graph and queue and counts connections. */
let requests = 0;
const graph = createServer((socket) => {
  requests += 1;
  socket.destroy();
});
let handler: typeof import("#lambdas/publish/handler.ts").handler;
beforeAll(async () => {
  graph.listen(0, "127.0.0.1");
  await once(graph, "listening");
  const { port } = graph.address() as AddressInfo;
  vi.stubEnv("GRAPH_URL", `ws://127.0.0.1:${port}/gremlin`);
  vi.stubEnv("CONNECTIONS_URL", `http://127.0.0.1:${port}/development`);
  vi.stubEnv("PAGE_ORIGIN", "https://page.example");
  vi.stubEnv("SQS_ENDPOINT", `http://127.0.0.1:${port}`);
  vi.stubEnv("NOTIFY_PAGE_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/notify-page");
  vi.stubEnv("DIRECT_WATCHERS", "1");
  vi.stubEnv("AWS_REGION", "us-east-1");
  ({ handler } = await import("#lambdas/publish/handler.ts"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  graph.close();
});

const FORM = "application/x-www-form-urlencoded";
const header = fc.constantFrom("content-type", "Content-Type", "origin", "ORIGIN", "x-other");
const ARRIVAL_MS = 1_780_000_000_000;
const field = fc.tuple(
  fc.constantFrom("ticker", "price", "connId", "time", "message", "ticker[]", "x"),
  fc.oneof(fc.constantFrom("A", "1", "24.00", "M%E4rkte", "%zz", "\u202e"), fc.string({ unit: "binary" })),
);
const form = fc.array(field).map((fields) => fields.map((pair) => pair.join("=")).join("&"));
const deep = fc.constantFrom("[", '{"a":', "%5B").map((text) => text.repeat(100_000));
const bytes = fc.uint8Array().map((its) => Buffer.from(its).toString("base64"));
const event = fc.record(
  {
    routeKey: fc.constantFrom("POST /", "POST /broadcast", "$default"),
    rawPath: fc.oneof(fc.webPath(), fc.string({ unit: "binary" })),
    headers: fc.oneof(
      fc.constant({ "content-type": FORM }),
      fc.dictionary(header, fc.oneof(fc.constant(FORM), fc.string())),
    ),
    requestContext: fc.record({
      http: fc.record({ method: fc.constantFrom("POST", "GET") }),
      stage: fc.constantFrom("development", "$default"),
      timeEpoch: fc.constant(ARRIVAL_MS),
    }),
    body: fc.oneof(fc.string({ unit: "binary" }), fc.base64String(), form, deep, bytes),
    isBase64Encoded: fc.boolean(),
  },
  { requiredKeys: ["requestContext"] },
);

const CONTEXT = { getRemainingTimeInMillis: () => 29_000 } as Context;

test("handler returns 400, 403 or 404 in one line for any invalid event, without a graph request", async () => {
  await fc.assert(
    fc.asyncProperty(event, async (raw) => {
      const body = decodeBody(Buffer.from(raw.body ?? "", raw.isBase64Encoded ? "base64" : "utf8"));
      const parse = raw.routeKey === "POST /broadcast" ? parseBroadcast : parseForm;
      fc.pre(!body.ok || !parse(body.form, ARRIVAL_MS).ok);
      const answer = await handler(raw as unknown as APIGatewayProxyEventV2, CONTEXT);
      expect([400, 403, 404]).toContain(answer.statusCode);
      expect(answer.body).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,180}$/u);
    }),
    { numRuns: 1_000 },
  );
  expect(requests).toBe(0);
});
