import { expect, test, vi } from "vitest";
import type { PostOutcome } from "../../../lambdas/connections/connections.ts";
import { deliver, type Ports } from "../../../lambdas/connections/deliver.ts";
import { parseTicker, type Quote, type Ticker } from "../../../lambdas/quote.ts";

/* How each outcome of a post is met. The outcomes are given here; test/flows gets them from a real gateway. */
const AT = "2026-11-21T01:02:03.456Z";
const quote = (name: string): Quote => ({
  ticker: parseTicker(name) as Ticker,
  priceCents: 1,
  version: 1,
  at: AT,
});

/** Ports that note what they are asked; `post` answers by what it is given, `close` with `isClosed`. */
function ports(post: (data: string) => PostOutcome, isClosed = true) {
  const calls: string[] = [];
  const unexpected = () => {
    throw new Error("Nothing else is asked of the graph.");
  };
  const subscriptions: Ports["subscriptions"] = {
    connect: unexpected,
    isConnected: unexpected,
    watch: unexpected,
    unwatch: unexpected,
    watched: unexpected,
    recordPrices: unexpected,
    watchersOf: unexpected,
    async forget(connectionId, openedBefore) {
      calls.push(`forget ${connectionId} opened before ${openedBefore?.toISOString()}`);
    },
  };
  const connections: Ports["connections"] = {
    async post(connectionId, data) {
      const tickers = JSON.parse(data).quotes.map(({ ticker }: { ticker: string }) => ticker);
      calls.push(`post ${connectionId} ${tickers}`);
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
  expect(await deliver(both, "a=", [quote("A"), quote("B")])).toBe("delivered");
  expect(calls).toEqual(["post a= A,B"]);
});

test.each(["", ".", "..", "a b", "a\u0000", "é=", "x".repeat(129)])(
  "%j is no connection, and nobody is asked",
  async (id) => {
    const { calls, ...both } = ports(() => "delivered");
    expect(await deliver(both, id, [quote("A")])).toBe("gone");
    expect(calls).toEqual([]);
  },
);

test("a connection that is gone is forgotten, unless it was opened in the last minute", async () => {
  vi.useFakeTimers({ now: new Date("2026-11-21T01:02:00Z"), toFake: ["Date"] });
  const { calls, ...both } = ports(() => "gone");
  expect(await deliver(both, "a=", [quote("A")])).toBe("gone");
  expect(calls).toEqual(["post a= A", "forget a= opened before 2026-11-21T01:01:00.000Z"]);
  vi.useRealTimers();
});

test("a connection that is gone and cannot be forgotten is gone all the same", async () => {
  const { subscriptions, connections } = ports(() => "gone");
  const failing = { ...subscriptions, forget: () => Promise.reject(new Error("no graph")) };
  expect(await deliver({ subscriptions: failing, connections }, "a=", [quote("A")])).toBe("gone");
});

test("a connection that cannot be reached is closed, so that it comes back", async () => {
  const { calls, ...both } = ports(() => "unreachable");
  expect(await deliver(both, "a=", [quote("A")])).toBe("closed");
  expect(calls).toEqual(["post a= A", "close a="]);
});

test("a connection that can be neither reached nor closed has failed", async () => {
  const { calls, ...both } = ports(() => "unreachable", false);
  expect(await deliver(both, "a=", [quote("A")])).toBe("failed");
  expect(calls).toEqual(["post a= A", "close a="]);
});

test("a post that is forbidden is our fault: the connection is neither closed nor forgotten", async () => {
  const { calls, ...both } = ports(() => "forbidden");
  expect(await deliver(both, "a=", [quote("A")])).toBe("failed");
  expect(calls).toEqual(["post a= A"]);
});

test("what is too large for one message goes in halves", async () => {
  const { calls, ...both } = ports((data) =>
    JSON.parse(data).quotes.length > 1 ? "too-large" : "delivered",
  );
  expect(await deliver(both, "a=", [quote("A"), quote("B"), quote("C")])).toBe("delivered");
  expect(calls).toEqual(["post a= A,B,C", "post a= A,B", "post a= A", "post a= B", "post a= C"]);
});

test("one quote that is too large has failed", async () => {
  const { subscriptions, connections } = ports(() => "too-large");
  expect(await deliver({ subscriptions, connections }, "a=", [quote("A")])).toBe("failed");
});
