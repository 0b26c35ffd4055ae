import type { Context } from "aws-lambda";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { parseOperation } from "#lambdas/operate/operation.ts";
import { noQueue, sockets, subscriptionsWith } from "#support/ports.ts";
import { hostileBody, hostileJson } from "../hostile-json.ts";

/* Events that are not operations, over ports that fail the test when called. */
vi.mock("#lambdas/open-ports.ts", () => ({
  openSubscriptions: () => subscriptionsWith({}),
  openConnections: () => sockets().connections,
}));
vi.mock("#lambdas/delivery/open-fan-out.ts", () => ({
  openFanOut: () => ({ pages: noQueue, directWatchers: 1 }),
}));
const { handler } = await import("#lambdas/operate/handler.ts");

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 } as Context;

const operation = fc.constantFrom(
  "basket",
  "forget",
  "prices",
  "unwatch",
  "user",
  "watch",
  "watchers",
  "clean",
);
const field = fc.constantFrom(
  "name",
  "tickers",
  "baskets",
  "userId",
  "connectionId",
  "ticker",
  "__proto__",
  "x",
);
const body = fc.oneof(
  hostileBody,
  fc
    .tuple(operation, fc.array(fc.tuple(field, hostileJson), { minLength: 1, maxLength: 3 }))
    .map(
      ([name, fields]) =>
        `{"operation":"${name}",${fields.map(([key, its]) => `"${key}":${its}`).join(",")}}`,
    ),
);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

test("handler returns a one-line problem for any invalid event, and never throws", async () => {
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const event = parseJson(text);
      fc.pre(!parseOperation(event).ok);
      const answer = (await handler(event, CONTEXT)) as { readonly problem: string };
      expect(Object.keys(answer)).toEqual(["problem"]);
      expect(answer.problem).toMatch(/^Expected [^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,400}$/u);
    }),
    { numRuns: 500 },
  );
});
