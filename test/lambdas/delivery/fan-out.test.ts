import { expect, test } from "vitest";
import { fanOut, sendUpdate } from "#lambdas/delivery/fan-out.ts";
import { notice } from "#lambdas/delivery/messages.ts";
import type { Recipient, Update } from "#lambdas/delivery/news.ts";
import { RECIPIENTS_PER_BATCH } from "#lambdas/delivery/page.ts";
import { QueueError } from "#protocol/errors.ts";
import { noQueue, quotesMessageTo, sockets, streamOf, subscriptionsWith, wireQuote } from "#support/ports.ts";

/* Which recipients get a direct delivery and which are queued. The delivery of queued batches is tested in test/flows. */
const NOTICE = notice("x");
const subscriptions = subscriptionsWith({ async deleteConnection() {} });

const recipientsFrom = (from: number, count: number): readonly Recipient[] =>
  Array.from({ length: count }, (_, n) => ({ connectionId: `c${from + n}=` }));

/** The connection ids of each batch. */
const idsOf = (pages: readonly string[]): readonly (readonly string[])[] =>
  pages.map((page) => JSON.parse(page).recipients.map(([id]: readonly string[]) => id));

/** Ports whose queue records the batches of each send; any post fails the test. */
function queueing() {
  const sends: (readonly string[])[] = [];
  const connections = {
    post: () => expect.fail("Expected no direct delivery."),
    close: () => expect.fail("Expected no connection to be closed."),
  };
  const pages = {
    async send(texts: readonly string[]) {
      sends.push(texts);
    },
  };
  return { sends, ports: { subscriptions, connections, pages } };
}

test("as many recipients as the threshold get a direct delivery, and nothing is queued", async () => {
  const { connections, posted } = sockets();
  const recipients = streamOf(recipientsFrom(0, 2), recipientsFrom(2, 1));
  expect(await fanOut({ subscriptions, connections, pages: noQueue }, NOTICE, recipients, 3)).toEqual({
    watchers: 3,
    delivered: 3,
    gone: 0,
    closed: 0,
  });
  expect(posted).toEqual([
    ["c0=", NOTICE],
    ["c1=", NOTICE],
    ["c2=", NOTICE],
  ]);
});

test("a threshold of ten batches delivers directly to that many recipients", async () => {
  const { connections, posted } = sockets();
  const count = 10 * RECIPIENTS_PER_BATCH;
  const ports = { subscriptions, connections, pages: noQueue };
  expect(await fanOut(ports, NOTICE, streamOf(recipientsFrom(0, count)), count)).toMatchObject({
    delivered: count,
  });
  expect(posted).toHaveLength(count);
});

test("all recipients are queued when there is one more than the threshold", async () => {
  const { ports, sends } = queueing();
  const recipients = streamOf(recipientsFrom(0, 2), recipientsFrom(2, 2));
  expect(await fanOut(ports, NOTICE, recipients, 3)).toEqual({ watchers: 4, queued: 4 });
  expect(sends.map(idsOf)).toEqual([[["c0=", "c1=", "c2=", "c3="]]]);
});

test("one recipient is queued when the threshold is 0", async () => {
  const { ports, sends } = queueing();
  expect(await fanOut(ports, NOTICE, streamOf(recipientsFrom(0, 1)), 0)).toEqual({ watchers: 1, queued: 1 });
  expect(sends.map(idsOf)).toEqual([[["c0="]]]);
});

test.each([0, 3])(
  "no recipients give zero counts and no queued batch when the threshold is %i",
  async (threshold) => {
    const { ports, sends } = queueing();
    expect(await fanOut(ports, NOTICE, streamOf([], []), threshold)).toEqual({
      watchers: 0,
      delivered: 0,
      gone: 0,
      closed: 0,
    });
    expect(sends).toEqual([]);
  },
);

test("a recipient that repeats gets one message with the tickers of both entries", async () => {
  const { connections, posted } = sockets();
  const update: Update = { action: "quotes", quotes: [wireQuote("A"), wireQuote("B")] };
  const recipients = streamOf(
    [{ connectionId: "a=", tickers: new Set(["A"]) }, { connectionId: "b=" }],
    [{ connectionId: "a=", tickers: new Set(["B"]) }],
  );
  expect(await fanOut({ subscriptions, connections, pages: noQueue }, update, recipients, 2)).toMatchObject({
    watchers: 2,
    delivered: 2,
  });
  expect(posted).toEqual([
    ["a=", quotesMessageTo("a=", "A", "B")],
    ["b=", quotesMessageTo("b=", "A", "B")],
  ]);
});

test("queued batches contain each recipient once, 500 per batch and ten batches per send", async () => {
  const { ports, sends } = queueing();
  const count = 11 * RECIPIENTS_PER_BATCH + 1;
  const recipients = streamOf(
    recipientsFrom(0, 1),
    recipientsFrom(1, 3_000),
    recipientsFrom(3_001, count - 3_001),
  );
  expect(await fanOut(ports, NOTICE, recipients, 1_000)).toEqual({ watchers: count, queued: count });
  expect(sends.map((pages) => idsOf(pages).map((ids) => ids.length))).toEqual([
    Array.from({ length: 10 }, () => RECIPIENTS_PER_BATCH),
    [RECIPIENTS_PER_BATCH, 1],
  ]);
  expect(sends.flatMap(idsOf).flat()).toEqual(
    recipientsFrom(0, count).map(({ connectionId }) => connectionId),
  );
});

test.each([
  ["batches of a stream", 1_000, [5_000, 10_000, 15_000]],
  ["odd batches", 999, [5_994, 10_989, 15_984]],
  ["one batch of three sends", 15_000, [15_000, 15_000, 15_000]],
])("an endless stream is read only as far as ten batches need: %s", async (_what, size, expected) => {
  let read = 0;
  let isStopped = false;
  async function* endless(): AsyncGenerator<readonly Recipient[]> {
    try {
      for (;;) {
        const batch = recipientsFrom(read, size);
        read += size;
        yield batch;
      }
    } finally {
      isStopped = true;
    }
  }
  const readAtSend: number[] = [];
  const pages = {
    async send() {
      readAtSend.push(read);
      if (readAtSend.length === 3) throw new QueueError("full");
    },
  };
  const { ports } = queueing();
  await expect(fanOut({ ...ports, pages }, NOTICE, endless(), 1_000)).rejects.toThrow(new QueueError("full"));
  expect(readAtSend).toEqual(expected);
  expect(isStopped).toBe(true);
});

test("fanOut throws the error of the queue for the last batches", async () => {
  const fault = new QueueError("full");
  const pages = { send: () => Promise.reject(fault) };
  const { ports } = queueing();
  await expect(fanOut({ ...ports, pages }, NOTICE, streamOf(recipientsFrom(0, 2)), 1)).rejects.toBe(fault);
});

test("fanOut throws the error of the stream, and delivers nothing directly", async () => {
  const fault = new Error("cut");
  async function* broken(): AsyncGenerator<readonly Recipient[]> {
    yield recipientsFrom(0, 2);
    throw fault;
  }
  await expect(fanOut({ ...queueing().ports, pages: noQueue }, NOTICE, broken(), 3)).rejects.toBe(fault);
});

test("outcomes are counted, and failed is absent when it is 0", async () => {
  const { connections, closed } = sockets(
    (id) => (id === "gone=" ? "gone" : id === "well=" ? "delivered" : "unreachable"),
    (id) => id === "slow=",
  );
  const recipientsOf = (...ids: readonly string[]) => ids.map((connectionId) => ({ connectionId }));
  const ports = { subscriptions, connections };
  expect(await sendUpdate(ports, NOTICE, recipientsOf("gone=", "well=", "slow="))).toEqual({
    watchers: 3,
    delivered: 1,
    gone: 1,
    closed: 1,
  });
  expect(await sendUpdate(ports, NOTICE, recipientsOf("stuck=", "well=", "no id"))).toEqual({
    watchers: 3,
    delivered: 1,
    gone: 1,
    closed: 0,
    failed: 1,
  });
  expect(closed).toEqual(["slow=", "stuck="]);
});
