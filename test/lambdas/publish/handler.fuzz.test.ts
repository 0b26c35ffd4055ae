import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseBroadcast, parseForm } from "../../../lambdas/publish/form.ts";

/* The handler, with a graph (and a queue) that only counts who knocks. What is accepted is test/flows' part. */
let knocks = 0;
const graph = createServer((socket) => {
  knocks += 1;
  socket.destroy();
});
let handler: typeof import("../../../lambdas/publish/handler.ts").handler;
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
  ({ handler } = await import("../../../lambdas/publish/handler.ts"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  graph.close();
});

const FORM = "application/x-www-form-urlencoded";
const header = fc.constantFrom("content-type", "Content-Type", "origin", "ORIGIN", "x-other");
const event = fc.record(
  {
    routeKey: fc.constantFrom("POST /", "POST /broadcast", "$default"),
    headers: fc.dictionary(header, fc.oneof(fc.constant(FORM), fc.string())),
    requestContext: fc.constant({ http: { method: "POST" } }),
    body: fc.oneof(fc.string({ unit: "binary" }), fc.base64String()),
    isBase64Encoded: fc.boolean(),
  },
  { requiredKeys: ["requestContext"] },
);

const CONTEXT = { getRemainingTimeInMillis: () => 29_000 } as Context;

test("an event that is no good post is answered 400 or 403, and nobody asked", async () => {
  await fc.assert(
    fc.asyncProperty(event, async (raw) => {
      const text = Buffer.from(raw.body ?? "", raw.isBase64Encoded ? "base64" : "utf8").toString();
      fc.pre(!(raw.routeKey === "POST /broadcast" ? parseBroadcast(text) : parseForm(text)).ok);
      const answer = await handler(raw as unknown as APIGatewayProxyEventV2, CONTEXT);
      expect([400, 403]).toContain(answer.statusCode);
      expect(answer.body).toMatch(/^[ -~]{1,120}…?$/);
    }),
    { numRuns: 500 },
  );
  expect(knocks).toBe(0);
});
