import { expect, test } from "vitest";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import { changeBasket } from "#lambdas/operate/change-basket.ts";
import { noQueue, quote, sockets, streamOf, subscriptionsWith, tickers, wireQuote } from "#support/ports.ts";

/* Graph requests and messages of a basket change, over fake ports. test/contracts tests a real graph. */
const BASKET = { name: "FAANG", version: 4, tickers: ["AAPL", "META"] };
const UPDATE = { action: "quotes", baskets: [BASKET], quotes: [wireQuote("META", 7)] };

function graph(known: Partial<Subscriptions> = {}) {
  const calls: string[] = [];
  const subscriptions = subscriptionsWith({
    async setBasket(name, its) {
      calls.push(`set ${name} ${its}`);
      return true;
    },
    async basket(name) {
      calls.push(`read ${name}`);
      return { basket: { ...BASKET, tickers: tickers("AAPL", "META") }, quotes: [quote("META", 7)] };
    },
    async *watchersOfBasket(name) {
      calls.push(`watchers ${name}`);
      yield ["a=", "b="];
      yield ["b="];
    },
    ...known,
  });
  return { subscriptions, calls };
}

test("changeBasket writes the basket, reads it, and sends it with its prices to its watchers", async () => {
  const { subscriptions, calls } = graph();
  const { connections, posted } = sockets();
  const ports = { subscriptions, connections, pages: noQueue };
  expect(await changeBasket(ports, "FAANG", tickers("META", "AAPL"), 2)).toEqual({
    basket: BASKET,
    watchers: 2,
    delivered: 2,
    gone: 0,
    closed: 0,
  });
  expect(calls).toEqual(["set FAANG META,AAPL", "read FAANG", "watchers FAANG"]);
  expect(posted).toEqual([
    ["a=", { ...UPDATE, "connection-id": "a=" }],
    ["b=", { ...UPDATE, "connection-id": "b=" }],
  ]);
});

test("changeBasket queues watchers above the direct limit", async () => {
  const { connections, posted } = sockets();
  const sent: unknown[] = [];
  const pages = {
    async send(texts: readonly string[]) {
      sent.push(...texts.map((text) => JSON.parse(text)));
    },
  };
  const ports = { subscriptions: graph().subscriptions, connections, pages };
  expect(await changeBasket(ports, "FAANG", tickers("AAPL", "META"), 1)).toEqual({
    basket: BASKET,
    watchers: 2,
    queued: 2,
  });
  expect(sent).toEqual([{ news: UPDATE, recipients: [["a="], ["b="]] }]);
  expect(posted).toEqual([]);
});

test("changeBasket sends nothing when the graph write fails", async () => {
  const fault = new Error("no graph");
  const subscriptions = subscriptionsWith({ setBasket: () => Promise.reject(fault) });
  const ports = { subscriptions, connections: sockets().connections, pages: noQueue };
  await expect(changeBasket(ports, "FAANG", [], 1)).rejects.toBe(fault);
});

test("changeBasket returns a problem and sends nothing when a later change is stored", async () => {
  const subscriptions = subscriptionsWith({ setBasket: async () => false });
  const { connections, posted } = sockets();
  expect(await changeBasket({ subscriptions, connections, pages: noQueue }, "FAANG", [], 1)).toEqual({
    problem: "Expected no later change of FAANG, but one is stored. Show the basket, then retry.",
  });
  expect(posted).toEqual([]);
});

test("changeBasket sends an empty basket when it was deleted before the read", async () => {
  const { subscriptions } = graph({
    basket: async () => undefined,
    watchersOfBasket: () => streamOf(["a="]),
  });
  const { connections, posted } = sockets();
  await changeBasket({ subscriptions, connections, pages: noQueue }, "FAANG", [], 1);
  expect(posted).toEqual([
    [
      "a=",
      {
        action: "quotes",
        "connection-id": "a=",
        baskets: [{ name: "FAANG", version: 0, tickers: [] }],
        quotes: [],
      },
    ],
  ]);
});
