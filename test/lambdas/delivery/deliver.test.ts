import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { PostOutcome } from "#lambdas/connections/connections.ts";
import { within } from "#lambdas/deadline.ts";
import { deliver, deliverAll, deliverText, type Ports } from "#lambdas/delivery/deliver.ts";
import { notice, watchingMessage } from "#lambdas/delivery/messages.ts";
import { quote, quotesMessageTo, subscriptionsWith, tickers } from "#support/ports.ts";

/* The delivery for each outcome of a post. The outcomes are faked; test/flows gets them from a real gateway. */

/** Ports that record their calls. */
function ports(post: (data: string) => PostOutcome, isClosed = true) {
  const calls: string[] = [];
  const subscriptions = subscriptionsWith({
    async deleteConnection(connectionId, openedBefore) {
      calls.push(`forget ${connectionId} opened before ${openedBefore?.toISOString()}`);
    },
  });
  const connections: Ports["connections"] = {
    async post(connectionId, data) {
      const { quotes = [] } = JSON.parse(data);
      calls.push(`post ${connectionId} ${quotes.map((its: { ticker: string }) => its.ticker)}`);
      return post(data);
    },
    async close(connectionId) {
      calls.push(`close ${connectionId}`);
      return isClosed;
    },
  };
  return { calls, subscriptions, connections };
}

test("deliver returns delivered when the post was delivered", async () => {
  const { calls, ...both } = ports(() => "delivered");
  expect(await deliver(both, "a=", quotesMessageTo("a=", "A", "B"))).toBe("delivered");
  expect(calls).toEqual(["post a= A,B"]);
});

test.each(["", ".", "..", "a b", "a\u0000", "é=", "x".repeat(129)])(
  "an invalid connection id %j is gone without a request",
  async (id) => {
    const { calls, ...both } = ports(() => "delivered");
    expect(await deliver(both, id, quotesMessageTo(id, "A"))).toBe("gone");
    expect(await deliverText(both, [{ connectionId: id }], "1")).toEqual(["gone"]);
    expect(calls).toEqual([]);
  },
);

test("a connection that is gone is deleted from the graph unless it was opened in the last minute", async () => {
  vi.useFakeTimers({ now: new Date("2026-11-21T01:02:00Z"), toFake: ["Date"] });
  const { calls, ...both } = ports(() => "gone");
  expect(await deliver(both, "a=", quotesMessageTo("a=", "A"))).toBe("gone");
  expect(calls).toEqual(["post a= A", "forget a= opened before 2026-11-21T01:01:00.000Z"]);
  vi.useRealTimers();
});

test("an unverified connection that is gone causes no graph write", async () => {
  const { calls, ...both } = ports(() => "gone");
  const target = { connectionId: "a=", isUnverified: true };
  expect(await deliverAll(both, [{ ...target, message: notice("x") }])).toEqual(["gone"]);
  expect(await deliverText(both, [target], "1")).toEqual(["gone"]);
  expect(calls).toEqual(["post a= ", "post a= "]);
});

test("deliver returns gone when the connection is gone and its deletion fails", async () => {
  const { connections } = ports(() => "gone");
  const subscriptions = subscriptionsWith({ deleteConnection: () => Promise.reject(new Error("no graph")) });
  expect(await deliver({ subscriptions, connections }, "a=", quotesMessageTo("a=", "A"))).toBe("gone");
});

test("an unreachable connection is closed", async () => {
  const { calls, ...both } = ports(() => "unreachable");
  expect(await deliver(both, "a=", quotesMessageTo("a=", "A"))).toBe("closed");
  expect(calls).toEqual(["post a= A", "close a="]);
});

test("deliver returns failed when an unreachable connection cannot be closed", async () => {
  const { calls, ...both } = ports(() => "unreachable", false);
  expect(await deliver(both, "a=", quotesMessageTo("a=", "A"))).toBe("failed");
  expect(calls).toEqual(["post a= A", "close a="]);
});

test("after a forbidden post the connection is neither closed nor deleted", async () => {
  const { calls, ...both } = ports(() => "forbidden");
  expect(await deliver(both, "a=", quotesMessageTo("a=", "A"))).toBe("failed");
  expect(calls).toEqual(["post a= A"]);
});

test("quotes that exceed the message limit are split in halves", async () => {
  const { calls, ...both } = ports((data) =>
    JSON.parse(data).quotes.length > 1 ? "too-large" : "delivered",
  );
  expect(await deliver(both, "a=", quotesMessageTo("a=", "A", "B", "C"))).toBe("delivered");
  expect(calls).toEqual(["post a= A,B,C", "post a= A,B", "post a= A", "post a= B", "post a= C"]);
});

test("each half of a split message contains the complete watch list", async () => {
  const posted: string[] = [];
  const { calls: _, ...both } = ports((data) => {
    posted.push(data);
    return JSON.parse(data).quotes.length > 1 ? "too-large" : "delivered";
  });
  const watched = { tickers: tickers("A", "B"), baskets: [], quotes: [] };
  const message = (...names: readonly string[]) =>
    watchingMessage(
      "a=",
      watched,
      names.map((name) => quote(name)),
    );
  expect(await deliver(both, "a=", message("A", "B"))).toBe("delivered");
  expect(posted).toEqual([message("A", "B"), message("A"), message("B")].map((it) => JSON.stringify(it)));
});

test("the second half of a split message is not sent when the first was not delivered", async () => {
  let posts = 0;
  const { calls, ...both } = ports(() => (posts++ === 0 ? "too-large" : "unreachable"));
  expect(await deliver(both, "a=", quotesMessageTo("a=", "A", "B"))).toBe("closed");
  expect(calls).toEqual(["post a= A,B", "post a= A", "close a="]);
});

test.each([quotesMessageTo("a=", "A"), notice("x")])(
  "deliver returns failed when %j is too large and cannot be split",
  async (message) => {
    const { subscriptions, connections } = ports(() => "too-large");
    expect(await deliver({ subscriptions, connections }, "a=", message)).toBe("failed");
  },
);

test("deliverText posts the text unchanged and returns too-large without splitting it", async () => {
  const posted: string[] = [];
  const { calls: _, ...both } = ports((data) => {
    posted.push(data);
    return posted.length === 1 ? "delivered" : "too-large";
  });
  expect(await deliverText(both, [{ connectionId: "a=" }], "[1, 2]")).toEqual(["delivered"]);
  expect(await deliverText(both, [{ connectionId: "a=" }], '"x"')).toEqual(["too-large"]);
  expect(posted).toEqual(["[1, 2]", '"x"']);
});

const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ connectionId: `c${n}=`, message: notice("x") }));

test("every connection is attempted although the first 400 posts hang", async () => {
  const hanging = Promise.withResolvers<PostOutcome>();
  const tried: string[] = [];
  const connections: Ports["connections"] = {
    post(connectionId) {
      tried.push(connectionId);
      return tried.length <= 400 ? hanging.promise : Promise.resolve("delivered");
    },
    close: async () => true,
  };
  const delivering = deliverAll({ subscriptions: subscriptionsWith({}), connections }, messages(500));
  expect(tried).toEqual(messages(500).map(({ connectionId }) => connectionId));
  hanging.resolve("unreachable");
  const deliveries = await delivering;
  expect(deliveries.slice(0, 400)).toEqual(Array.from({ length: 400 }, () => "closed"));
  expect(deliveries.slice(400)).toEqual(Array.from({ length: 100 }, () => "delivered"));
});

test("connections that are gone are deleted after the last delivery, each once and eight at a time", async () => {
  let isLastSettled = false;
  let busy = 0;
  let mostBusy = 0;
  const deleted: (readonly [string, boolean])[] = [];
  const subscriptions = subscriptionsWith({
    async deleteConnection(connectionId) {
      deleted.push([connectionId, isLastSettled]);
      mostBusy = Math.max(mostBusy, ++busy);
      await setImmediate();
      busy -= 1;
    },
  });
  const last = Promise.withResolvers<PostOutcome>();
  const connections: Ports["connections"] = {
    post: async (connectionId) => (connectionId === "c20=" ? await last.promise : "gone"),
    close: () => expect.fail("Expected no connection to be closed."),
  };
  const delivering = deliverAll({ subscriptions, connections }, messages(21));
  await setImmediate();
  isLastSettled = true;
  last.resolve("delivered");
  expect(await delivering).toEqual([...Array.from({ length: 20 }, () => "gone"), "delivered"]);
  expect(deleted).toEqual(messages(20).map(({ connectionId }) => [connectionId, true]));
  expect(mostBusy).toBe(8);
});

test("no further deletions start after one has failed", async () => {
  let deletions = 0;
  const subscriptions = subscriptionsWith({
    async deleteConnection() {
      deletions += 1;
      await setImmediate();
      throw new Error("no graph");
    },
  });
  const { connections } = ports(() => "gone");
  await deliverAll({ subscriptions, connections }, messages(100));
  expect(deletions).toBe(8);
});

test("no connection is deleted after the deadline", async () => {
  const { calls, ...both } = ports(() => "gone");
  expect(await within(0, () => deliver(both, "a=", notice("x")))).toBe("gone");
  expect(calls).toEqual(["post a= "]);
});

test("the age limit of a deletion counts from the delivery, not from the deletion", async () => {
  vi.useFakeTimers({ now: new Date("2026-11-21T01:02:00Z"), toFake: ["Date"] });
  const { calls, ...both } = ports(() => {
    vi.setSystemTime(new Date("2026-11-21T01:02:20Z"));
    return "gone";
  });
  await deliver(both, "a=", notice("x"));
  expect(calls).toEqual(["post a= ", "forget a= opened before 2026-11-21T01:01:00.000Z"]);
  vi.useRealTimers();
});
