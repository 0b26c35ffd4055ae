import { expect, test } from "vitest";
import { fanOut, tell } from "#lambdas/delivery/fan-out.ts";
import { notice } from "#lambdas/delivery/messages.ts";
import type { Recipient, Update } from "#lambdas/delivery/news.ts";
import { PAGE_SIZE } from "#lambdas/delivery/page.ts";
import { QueueError } from "#protocol/errors.ts";
import { noPages, quotesTold, sockets, streamOf, subscriptionsWith, wireQuote } from "#support/ports.ts";

/*
 * Who is told at once and who is queued. Does not prove that a page which is queued is told: test/flows goes through the
 * queue.
 */
const NOTICE = notice("x");
const subscriptions = subscriptionsWith({ async forget() {} });

const everybody = (from: number, count: number): readonly Recipient[] =>
  Array.from({ length: count }, (_, n) => ({ connectionId: `c${from + n}=` }));

/** The connections of each page. */
const idsOf = (pages: readonly string[]): readonly (readonly string[])[] =>
  pages.map((page) => JSON.parse(page).recipients.map(([id]: readonly string[]) => id));

/** Ports whose queue notes the pages of each send; nothing may be posted. */
function queueing() {
  const sends: (readonly string[])[] = [];
  const connections = {
    post: () => expect.fail("Expected nobody to be told at once."),
    close: () => expect.fail("Expected nobody to be closed."),
  };
  const pages = {
    async send(texts: readonly string[]) {
      sends.push(texts);
    },
  };
  return { sends, ports: { subscriptions, connections, pages } };
}

test("as many as the bound are told at once, and nothing is queued", async () => {
  const { connections, told } = sockets();
  const audience = streamOf(everybody(0, 2), everybody(2, 1));
  expect(await fanOut({ subscriptions, connections, pages: noPages }, NOTICE, audience, 3)).toEqual({
    watchers: 3,
    delivered: 3,
    gone: 0,
    closed: 0,
  });
  expect(told).toEqual([
    ["c0=", NOTICE],
    ["c1=", NOTICE],
    ["c2=", NOTICE],
  ]);
});

test("a bound of ten pages and more is a bound all the same", async () => {
  const { connections, told } = sockets();
  const count = 10 * PAGE_SIZE;
  const ports = { subscriptions, connections, pages: noPages };
  expect(await fanOut(ports, NOTICE, streamOf(everybody(0, count)), count)).toMatchObject({
    delivered: count,
  });
  expect(told).toHaveLength(count);
});

test("one more than the bound, and all of them are queued", async () => {
  const { ports, sends } = queueing();
  const audience = streamOf(everybody(0, 2), everybody(2, 2));
  expect(await fanOut(ports, NOTICE, audience, 3)).toEqual({ watchers: 4, queued: 4 });
  expect(sends.map(idsOf)).toEqual([[["c0=", "c1=", "c2=", "c3="]]]);
});

test("where nobody is to be told at once, even one is queued", async () => {
  const { ports, sends } = queueing();
  expect(await fanOut(ports, NOTICE, streamOf(everybody(0, 1)), 0)).toEqual({ watchers: 1, queued: 1 });
  expect(sends.map(idsOf)).toEqual([[["c0="]]]);
});

test.each([0, 3])("nobody is nobody, with a bound of %i", async (bound) => {
  const { ports, sends } = queueing();
  expect(await fanOut(ports, NOTICE, streamOf([], []), bound)).toEqual({
    watchers: 0,
    delivered: 0,
    gone: 0,
    closed: 0,
  });
  expect(sends).toEqual([]);
});

test("whoever comes twice is told once, of all that either said", async () => {
  const { connections, told } = sockets();
  const news: Update = { action: "quotes", quotes: [wireQuote("A"), wireQuote("B")] };
  const audience = streamOf(
    [{ connectionId: "a=", tickers: new Set(["A"]) }, { connectionId: "b=" }],
    [{ connectionId: "a=", tickers: new Set(["B"]) }],
  );
  expect(await fanOut({ subscriptions, connections, pages: noPages }, news, audience, 2)).toMatchObject({
    watchers: 2,
    delivered: 2,
  });
  expect(told).toEqual([
    ["a=", quotesTold("a=", "A", "B")],
    ["b=", quotesTold("b=", "A", "B")],
  ]);
});

test("the pages have each of many once, 500 to a page and ten pages to a send", async () => {
  const { ports, sends } = queueing();
  const count = 11 * PAGE_SIZE + 1;
  const audience = streamOf(everybody(0, 1), everybody(1, 3_000), everybody(3_001, count - 3_001));
  expect(await fanOut(ports, NOTICE, audience, 1_000)).toEqual({ watchers: count, queued: count });
  expect(sends.map((pages) => idsOf(pages).map((ids) => ids.length))).toEqual([
    Array.from({ length: 10 }, () => PAGE_SIZE),
    [PAGE_SIZE, 1],
  ]);
  expect(sends.flatMap(idsOf).flat()).toEqual(everybody(0, count).map(({ connectionId }) => connectionId));
});

test.each([
  ["batches of a stream", 1_000, [5_000, 10_000, 15_000]],
  ["odd batches", 999, [5_994, 10_989, 15_984]],
  ["one batch of three sends", 15_000, [15_000, 15_000, 15_000]],
])("of an audience without an end no more is read than ten pages need: %s", async (_what, size, expected) => {
  let read = 0;
  let isLeft = false;
  async function* endless(): AsyncGenerator<readonly Recipient[]> {
    try {
      for (;;) {
        const batch = everybody(read, size);
        read += size;
        yield batch;
      }
    } finally {
      isLeft = true;
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
  expect(isLeft).toBe(true);
});

test("a queue that does not take the last pages is a fault too", async () => {
  const fault = new QueueError("full");
  const pages = { send: () => Promise.reject(fault) };
  const { ports } = queueing();
  await expect(fanOut({ ...ports, pages }, NOTICE, streamOf(everybody(0, 2)), 1)).rejects.toBe(fault);
});

test("an audience that breaks off is a fault, and nobody is told at once", async () => {
  const fault = new Error("cut");
  async function* broken(): AsyncGenerator<readonly Recipient[]> {
    yield everybody(0, 2);
    throw fault;
  }
  await expect(fanOut({ ...queueing().ports, pages: noPages }, NOTICE, broken(), 3)).rejects.toBe(fault);
});

test("how telling ended is counted, and a failure only where there was one", async () => {
  const { connections, closed } = sockets(
    (id) => (id === "gone=" ? "gone" : id === "well=" ? "delivered" : "unreachable"),
    (id) => id === "slow=",
  );
  const recipients = (...ids: readonly string[]) => ids.map((connectionId) => ({ connectionId }));
  const ports = { subscriptions, connections };
  expect(await tell(ports, NOTICE, recipients("gone=", "well=", "slow="))).toEqual({
    watchers: 3,
    delivered: 1,
    gone: 1,
    closed: 1,
  });
  expect(await tell(ports, NOTICE, recipients("stuck=", "well=", "no id"))).toEqual({
    watchers: 3,
    delivered: 1,
    gone: 1,
    closed: 0,
    failed: 1,
  });
  expect(closed).toEqual(["slow=", "stuck="]);
});
