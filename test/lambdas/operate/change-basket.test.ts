import { expect, test } from "vitest";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import { changeBasket } from "#lambdas/operate/change-basket.ts";
import { noPages, quote, sockets, streamOf, subscriptionsWith, tickers, wireQuote } from "#support/ports.ts";

/* What a change of a basket asks and tells, over a graph that answers as told. test/contracts asks a real one. */
const BASKET = { name: "FAANG", version: 4, tickers: ["AAPL", "META"] };
const NEWS = { action: "quotes", baskets: [BASKET], quotes: [wireQuote("META", 7)] };

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

test("the basket is set, then read, then those who watch it are told of it and of its prices", async () => {
  const { subscriptions, calls } = graph();
  const { connections, told } = sockets();
  const ports = { subscriptions, connections, pages: noPages };
  expect(await changeBasket(ports, "FAANG", tickers("META", "AAPL"), 2)).toEqual({
    basket: BASKET,
    watchers: 2,
    delivered: 2,
    gone: 0,
    closed: 0,
  });
  expect(calls).toEqual(["set FAANG META,AAPL", "read FAANG", "watchers FAANG"]);
  expect(told).toEqual([
    ["a=", { ...NEWS, "connection-id": "a=" }],
    ["b=", { ...NEWS, "connection-id": "b=" }],
  ]);
});

test("more watchers than are told at once are queued", async () => {
  const { connections, told } = sockets();
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
  expect(sent).toEqual([{ news: NEWS, recipients: [["a="], ["b="]] }]);
  expect(told).toEqual([]);
});

test("nobody is told when the basket could not be set", async () => {
  const fault = new Error("no graph");
  const subscriptions = subscriptionsWith({ setBasket: () => Promise.reject(fault) });
  const ports = { subscriptions, connections: sockets().connections, pages: noPages };
  await expect(changeBasket(ports, "FAANG", [], 1)).rejects.toBe(fault);
});

test("returns a problem and sends nothing when a later change of the basket is stored", async () => {
  const subscriptions = subscriptionsWith({ setBasket: async () => false });
  const { connections, told } = sockets();
  expect(await changeBasket({ subscriptions, connections, pages: noPages }, "FAANG", [], 1)).toEqual({
    problem: "Expected FAANG not to change meanwhile: a later change was stored. Show it, and retry.",
  });
  expect(told).toEqual([]);
});

test("a basket that is gone by the time it is read is told as empty", async () => {
  const { subscriptions } = graph({
    basket: async () => undefined,
    watchersOfBasket: () => streamOf(["a="]),
  });
  const { connections, told } = sockets();
  await changeBasket({ subscriptions, connections, pages: noPages }, "FAANG", [], 1);
  expect(told).toEqual([
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
