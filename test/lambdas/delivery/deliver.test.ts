import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { PostOutcome } from "#lambdas/connections/connections.ts";
import { within } from "#lambdas/deadline.ts";
import { deliver, deliverAll, deliverText, type Ports } from "#lambdas/delivery/deliver.ts";
import { notice, watchingMessage } from "#lambdas/delivery/messages.ts";
import { quote, quotesTold, subscriptionsWith, tickers } from "#support/ports.ts";

/* How each outcome of a post is met. The outcomes are given here; test/flows gets them from a real gateway. */

/** Ports that note what they are asked; `post` answers by what it is given, `close` with `isClosed`. */
function ports(post: (data: string) => PostOutcome, isClosed = true) {
  const calls: string[] = [];
  const subscriptions = subscriptionsWith({
    async forget(connectionId, openedBefore) {
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

test("what is delivered is delivered", async () => {
  const { calls, ...both } = ports(() => "delivered");
  expect(await deliver(both, "a=", quotesTold("a=", "A", "B"))).toBe("delivered");
  expect(calls).toEqual(["post a= A,B"]);
});

test.each(["", ".", "..", "a b", "a\u0000", "é=", "x".repeat(129)])(
  "%j is no connection, and nobody is asked",
  async (id) => {
    const { calls, ...both } = ports(() => "delivered");
    expect(await deliver(both, id, quotesTold(id, "A"))).toBe("gone");
    expect(await deliverText(both, [{ connectionId: id }], "1")).toEqual(["gone"]);
    expect(calls).toEqual([]);
  },
);

test("a connection that is gone is forgotten, unless it was opened in the last minute", async () => {
  vi.useFakeTimers({ now: new Date("2026-11-21T01:02:00Z"), toFake: ["Date"] });
  const { calls, ...both } = ports(() => "gone");
  expect(await deliver(both, "a=", quotesTold("a=", "A"))).toBe("gone");
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

test("a connection that is gone and cannot be forgotten is gone all the same", async () => {
  const { connections } = ports(() => "gone");
  const subscriptions = subscriptionsWith({ forget: () => Promise.reject(new Error("no graph")) });
  expect(await deliver({ subscriptions, connections }, "a=", quotesTold("a=", "A"))).toBe("gone");
});

test("a connection that cannot be reached is closed, so that it comes back", async () => {
  const { calls, ...both } = ports(() => "unreachable");
  expect(await deliver(both, "a=", quotesTold("a=", "A"))).toBe("closed");
  expect(calls).toEqual(["post a= A", "close a="]);
});

test("a connection that can be neither reached nor closed has failed", async () => {
  const { calls, ...both } = ports(() => "unreachable", false);
  expect(await deliver(both, "a=", quotesTold("a=", "A"))).toBe("failed");
  expect(calls).toEqual(["post a= A", "close a="]);
});

test("a post that is forbidden is our fault: the connection is neither closed nor forgotten", async () => {
  const { calls, ...both } = ports(() => "forbidden");
  expect(await deliver(both, "a=", quotesTold("a=", "A"))).toBe("failed");
  expect(calls).toEqual(["post a= A"]);
});

test("what is too large for one message goes in halves", async () => {
  const { calls, ...both } = ports((data) =>
    JSON.parse(data).quotes.length > 1 ? "too-large" : "delivered",
  );
  expect(await deliver(both, "a=", quotesTold("a=", "A", "B", "C"))).toBe("delivered");
  expect(calls).toEqual(["post a= A,B,C", "post a= A,B", "post a= A", "post a= B", "post a= C"]);
});

test("each half of a list says all that is watched", async () => {
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

test("the second half is not sent when the first was not delivered", async () => {
  let posts = 0;
  const { calls, ...both } = ports(() => (posts++ === 0 ? "too-large" : "unreachable"));
  expect(await deliver(both, "a=", quotesTold("a=", "A", "B"))).toBe("closed");
  expect(calls).toEqual(["post a= A,B", "post a= A", "close a="]);
});

test.each([quotesTold("a=", "A"), notice("x")])("%j that is too large has failed", async (message) => {
  const { subscriptions, connections } = ports(() => "too-large");
  expect(await deliver({ subscriptions, connections }, "a=", message)).toBe("failed");
});

test("a text goes as it is, and one that is too large is said to be so", async () => {
  const posted: string[] = [];
  const { calls: _, ...both } = ports((data) => {
    posted.push(data);
    return posted.length === 1 ? "delivered" : "too-large";
  });
  expect(await deliverText(both, [{ connectionId: "a=" }], "[1, 2]")).toEqual(["delivered"]);
  expect(await deliverText(both, [{ connectionId: "a=" }], '"x"')).toEqual(["too-large"]);
  expect(posted).toEqual(["[1, 2]", '"x"']);
});

const letters = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ connectionId: `c${n}=`, message: notice("x") }));

test("everybody is tried, though the first of them hang", async () => {
  const hanging = Promise.withResolvers<PostOutcome>();
  const tried: string[] = [];
  const connections: Ports["connections"] = {
    post(connectionId) {
      tried.push(connectionId);
      return tried.length <= 400 ? hanging.promise : Promise.resolve("delivered");
    },
    close: async () => true,
  };
  const told = deliverAll({ subscriptions: subscriptionsWith({}), connections }, letters(500));
  expect(tried).toEqual(letters(500).map(({ connectionId }) => connectionId));
  hanging.resolve("unreachable");
  const deliveries = await told;
  expect(deliveries.slice(0, 400)).toEqual(Array.from({ length: 400 }, () => "closed"));
  expect(deliveries.slice(400)).toEqual(Array.from({ length: 100 }, () => "delivered"));
});

test("those who are gone are forgotten when all have been told, each once and a few at once", async () => {
  let isTold = false;
  let busy = 0;
  let mostBusy = 0;
  const forgotten: (readonly [string, boolean])[] = [];
  const subscriptions = subscriptionsWith({
    async forget(connectionId) {
      forgotten.push([connectionId, isTold]);
      mostBusy = Math.max(mostBusy, ++busy);
      await setImmediate();
      busy -= 1;
    },
  });
  const last = Promise.withResolvers<PostOutcome>();
  const connections: Ports["connections"] = {
    post: async (connectionId) => (connectionId === "c20=" ? await last.promise : "gone"),
    close: () => expect.fail("Expected nobody to be closed."),
  };
  const told = deliverAll({ subscriptions, connections }, letters(21));
  await setImmediate();
  isTold = true;
  last.resolve("delivered");
  expect(await told).toEqual([...Array.from({ length: 20 }, () => "gone"), "delivered"]);
  expect(forgotten).toEqual(letters(20).map(({ connectionId }) => [connectionId, true]));
  expect(mostBusy).toBe(8);
});

test("a graph that could not forget one is not asked to forget more", async () => {
  let asked = 0;
  const subscriptions = subscriptionsWith({
    async forget() {
      asked += 1;
      await setImmediate();
      throw new Error("no graph");
    },
  });
  const { connections } = ports(() => "gone");
  await deliverAll({ subscriptions, connections }, letters(100));
  expect(asked).toBe(8);
});

test("nobody is forgotten when there is no time left", async () => {
  const { calls, ...both } = ports(() => "gone");
  expect(await within(0, () => deliver(both, "a=", notice("x")))).toBe("gone");
  expect(calls).toEqual(["post a= "]);
});

test("one who was too young to be gone when it was told is so still when it would be forgotten", async () => {
  vi.useFakeTimers({ now: new Date("2026-11-21T01:02:00Z"), toFake: ["Date"] });
  const { calls, ...both } = ports(() => {
    vi.setSystemTime(new Date("2026-11-21T01:02:20Z"));
    return "gone";
  });
  await deliver(both, "a=", notice("x"));
  expect(calls).toEqual(["post a= ", "forget a= opened before 2026-11-21T01:01:00.000Z"]);
  vi.useRealTimers();
});
