import { expect, test } from "vitest";
import { notice } from "#lambdas/delivery/messages.ts";
import { writePage } from "#lambdas/delivery/page.ts";
import { parseQueuedNotification } from "#lambdas/notify/notification.ts";
import { USER_IDS } from "#support/identities.ts";
import { wireQuote } from "#support/ports.ts";

/* Parsing of SQS message bodies. Delivery by SQS is tested in test/flows. */
const write = (message: unknown) => JSON.stringify(message);

test.each([{ a: [1, null] }, [], "text", 0, false, null])(
  "parseQueuedNotification returns the data %j unchanged",
  (data) => {
    expect(parseQueuedNotification(write({ connectionId: "a=", data }))).toEqual({
      ok: true,
      notification: { kind: "connection", connectionId: "a=", text: write(data) },
    });
  },
);

test("parseQueuedNotification does not interpret field names inside data", () => {
  const data = { userId: "Ann", data: 1, news: {}, recipients: [], action: "quotes" };
  expect(parseQueuedNotification(write({ connectionId: "a=", data }))).toMatchObject({
    notification: { kind: "connection", text: write(data) },
  });
});

test("parseQueuedNotification accepts a message to a user", () => {
  expect(parseQueuedNotification(write({ userId: "user.003", data: { a: 1 } }))).toEqual({
    ok: true,
    notification: { kind: "user", userId: "user.003", text: '{"a":1}' },
  });
});

test.each(USER_IDS)("parseQueuedNotification accepts the user id %s of an issuer", (userId) => {
  expect(parseQueuedNotification(write({ userId, data: 1 }))).toEqual({
    ok: true,
    notification: { kind: "user", userId, text: "1" },
  });
});

test("parseQueuedNotification returns the page that writePage wrote", () => {
  const page = {
    news: { action: "quotes" as const, quotes: [wireQuote("A"), wireQuote("B")] },
    recipients: [{ connectionId: "a=", tickers: new Set(["B"]) }, { connectionId: "b=" }],
  };
  expect(parseQueuedNotification(writePage(page))).toEqual({
    ok: true,
    notification: { kind: "page", page },
  });
  const ofNotice = { news: notice("x"), recipients: [{ connectionId: "a=" }] };
  expect(parseQueuedNotification(writePage(ofNotice))).toEqual({
    ok: true,
    notification: { kind: "page", page: ofNotice },
  });
});

test.each([
  "",
  "no json",
  "null",
  "7",
  "[]",
  "{}",
  '{"connectionId":"a="}',
  '{"connectionId":"","data":1}',
  '{"connectionId":7,"data":1}',
  '{"userId":"Ann"}',
  '{"userId":"","data":1}',
  '{"userId":"Ann Lee","data":1}',
  `{"userId":"${"x".repeat(129)}","data":1}`,
  '{"connectionId":"a=","userId":"Ann","data":1}',
  '{"connectionId":"a=","data":1,"extra":2}',
  '{"connectionId":"a=","data":1,"__proto__":2}',
  '{"connectionId":"a=","data":1,"toString":2}',
  '{"news":{"action":"pong","name":"x"},"recipients":[]}',
  '{"news":{"action":"notice","message":"x"}}',
])("parseQueuedNotification rejects %s", (body) => {
  expect(parseQueuedNotification(body)).toEqual({
    ok: false,
    problem: `Expected {"connectionId":"…","data":…} or {"userId":"…","data":…}, got ${body}`,
  });
});

test("parseQueuedNotification cuts a rejected body to 200 characters", () => {
  expect(parseQueuedNotification("x".repeat(201))).toEqual({
    ok: false,
    problem: `Expected {"connectionId":"…","data":…} or {"userId":"…","data":…}, got ${"x".repeat(200)}…`,
  });
});

test("parseQueuedNotification reports a rejected body without control characters or lone surrogates", () => {
  expect(parseQueuedNotification(`\u001b[2J\u202e${"x".repeat(194)}😀`)).toEqual({
    ok: false,
    problem: `Expected {"connectionId":"…","data":…} or {"userId":"…","data":…}, got ?[2J?${"x".repeat(194)}…`,
  });
});

test("parseQueuedNotification rejects a page with more than 500 recipients", () => {
  const page = (count: number, key: string) => {
    const ids = Array.from({ length: count }, (_, n) => (key === "recipients" ? [`c${n}=`] : `c${n}=`));
    return write({ news: notice("x"), recipients: [], [key]: ids });
  };
  for (const key of ["recipients", "unverified"]) {
    expect([500, 501].map((count) => parseQueuedNotification(page(count, key)).ok)).toEqual([true, false]);
  }
});
