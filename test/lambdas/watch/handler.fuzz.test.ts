import type { Context } from "aws-lambda";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseMessage } from "#lambdas/watch/message.ts";
import { sockets, subscriptionsWith } from "#support/ports.ts";
import { hostileBody, hostileJson } from "../hostile-json.ts";

/* Invalid messages through the handler: an exception would be answered with `internal`. */
vi.mock("#lambdas/open-ports.ts", () => ({
  openSubscriptions: () => subscriptionsWith({ isConnected: async () => true }),
  openConnections: () => sockets().connections,
  readPageOrigin: () => "https://page.example",
}));
let handler: typeof import("#lambdas/watch/handler.ts").handler;
beforeAll(async () => {
  vi.stubEnv("USER_ACCESS", "open");
  ({ handler } = await import("#lambdas/watch/handler.ts"));
});
afterAll(() => {
  vi.unstubAllEnvs();
});

const CONTEXT = { getRemainingTimeInMillis: () => 28_000 } as Context;
const routeKey = fc.constantFrom("watch", "unwatch", "user", "authorize", "ping", "$default");
const field = fc.constantFrom("tickers", "baskets", "id", "token", "name", "request", "action", "__proto__");
const body = fc.oneof(
  hostileBody,
  fc
    .array(fc.tuple(field, hostileJson), { maxLength: 3 })
    .map((fields) => `{${fields.map(([key, its]) => `"${key}":${its}`).join(",")}}`),
);

test("handler returns 200 and an error other than internal for any invalid message", async () => {
  await fc.assert(
    fc.asyncProperty(routeKey, body, async (route, text) => {
      fc.pre(!parseMessage(route, text).ok);
      const requestContext = { routeKey: route, connectionId: "a=", connectedAt: 0 };
      const answer = await handler({ requestContext, body: text }, CONTEXT);
      expect(answer.statusCode).toBe(200);
      const { action, code } = JSON.parse(answer.body ?? "");
      expect(action).toBe("error");
      expect(["bad-message", "bad-ticker", "too-many", "not-implemented"]).toContain(code);
    }),
    { numRuns: 500 },
  );
});
