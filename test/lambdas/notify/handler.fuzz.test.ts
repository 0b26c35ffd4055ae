import type { Context, SQSEvent } from "aws-lambda";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Connections } from "#lambdas/connections/connections.ts";
import { parseQueuedNotification } from "#lambdas/notify/notification.ts";
import { streamOf, subscriptionsWith } from "#support/ports.ts";
import { hostileBody } from "../hostile-json.ts";

/* Batches with one generated message, compared as text. Delivery to sockets is tested in test/flows. */
const sent: (readonly [connectionId: string, text: string])[] = [];
const connections: Connections = {
  async post(connectionId, text) {
    sent.push([connectionId, text]);
    return "delivered";
  },
  close: async () => true,
};
const subscriptions = subscriptionsWith({ connectionsOf: (userId) => streamOf([`of-${userId}=`]) });
vi.mock("#lambdas/open-ports.ts", () => ({
  openSubscriptions: () => subscriptions,
  openConnections: () => connections,
}));
const { handler } = await import("#lambdas/notify/handler.ts");

const CONTEXT = { getRemainingTimeInMillis: () => 30_000 } as Context;
const attributes = { ApproximateReceiveCount: "1" };

const GOOD = Array.from({ length: 9 }, (_, n) => ({
  messageId: `good-${n}`,
  attributes,
  body: n % 2 === 0 ? `{"connectionId":"good-${n}=","data":${n}}` : `{"userId":"good-${n}","data":${n}}`,
}));
const GOOD_SENT = GOOD.map((_, n) => [n % 2 === 0 ? `good-${n}=` : `of-good-${n}=`, String(n)]);

const record = fc.oneof(
  { weight: 9, arbitrary: hostileBody.map((body) => ({ messageId: "odd", attributes, body })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { messageId: "odd", body: "{}" },
      { messageId: "odd", attributes },
      { messageId: "odd", attributes: null, body: null },
      { messageId: "odd", attributes: {}, body: 7 },
    ),
  },
);

test("handler sends the valid messages of a batch and reports at most the odd one", async () => {
  await fc.assert(
    fc.asyncProperty(record, fc.nat(GOOD.length), async (odd, place) => {
      sent.length = 0;
      const Records = GOOD.toSpliced(place, 0, odd as (typeof GOOD)[number]);
      const { batchItemFailures } = await handler({ Records } as unknown as SQSEvent, CONTEXT);
      const isOdd = ([id]: readonly [string, string]) => !GOOD_SENT.some(([good]) => good === id);
      const body = typeof odd.body === "string" ? odd.body : "";
      expect(batchItemFailures).toEqual(parseQueuedNotification(body).ok ? [] : [{ itemIdentifier: "odd" }]);
      expect(sent.filter((each) => !isOdd(each)).sort()).toEqual(GOOD_SENT.toSorted());
      for (const [, text] of sent.filter(isOdd)) {
        const isUpdate = /^\{"action":"(?:notice|quotes)"/.test(text);
        expect(isUpdate || body.includes(text)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

const DEEP = "[".repeat(5_000) + "]".repeat(5_000);

test.each([
  ["deep data", `{"connectionId":"odd=","data":${DEEP}}`, DEEP],
  [
    "numbers that a double does not hold",
    '{"connectionId":"odd=","data":{"orderId":9007199254740993,"price":1.10}}',
    '{"orderId":9007199254740993,"price":1.10}',
  ],
  [
    "white space and escapes",
    '{ "data" : {"b" : "\\u00e9\\/" ,"a":1}  , "connectionId":"odd="}',
    '{"b" : "\\u00e9\\/" ,"a":1}',
  ],
  ["repeated names", '{"data":0,"connectionId":"odd=","data":{"a":1,"a":2}}', '{"a":1,"a":2}'],
])("handler forwards %s as source text", async (_what, body, text) => {
  sent.length = 0;
  const Records = [{ messageId: "odd", attributes, body }];
  expect(await handler({ Records } as unknown as SQSEvent, CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(sent.map(([id, its]) => [id, its === text])).toEqual([["odd=", true]]);
});
