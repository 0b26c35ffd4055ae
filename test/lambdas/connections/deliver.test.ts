import { expect, test, vi } from "vitest";
import type { PostOutcome } from "../../../lambdas/connections/connections.ts";
import { deliver, deliverText, type Ports } from "../../../lambdas/connections/deliver.ts";
import { notice, watchingMessage } from "../../../lambdas/messages.ts";
import { quote, quotesTold, subscriptionsWith, tickers } from "../ports.ts";

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
    expect(await deliverText(both, id, "1")).toBe("gone");
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
  expect(await deliverText(both, "a=", "[1, 2]")).toBe("delivered");
  expect(await deliverText(both, "a=", '"x"')).toBe("too-large");
  expect(posted).toEqual(["[1, 2]", '"x"']);
});
