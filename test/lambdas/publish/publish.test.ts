import { expect, test } from "vitest";
import type { Subscriptions, Watcher } from "#lambdas/graph/subscriptions.ts";
import { broadcast } from "#lambdas/publish/broadcast.ts";
import { publish } from "#lambdas/publish/publish.ts";
import {
  AT,
  noQueue,
  quote,
  quotesMessageTo,
  sockets,
  streamOf,
  subscriptionsWith,
  ticker,
  tickers,
  wireQuote,
} from "#support/ports.ts";

/* Graph requests and messages of a publish, over fake ports. Races with other flows are tested in test/flows. */
const prices = (...names: readonly string[]) =>
  names.map((name) => ({ ticker: ticker(name), priceCents: 2400 }));

const watcher = (connectionId: string, ...names: readonly string[]): Watcher => ({
  connectionId,
  tickers: new Set(tickers(...names)),
});

/** A graph that stores every price at version 1 and records its calls. */
function graph(known: Partial<Subscriptions>) {
  const calls: string[] = [];
  const { watchersOf } = known;
  const subscriptions = subscriptionsWith({
    async recordPrices(its, at) {
      calls.push(`record ${its.map((price) => price.ticker)} at ${at.toISOString()}`);
      return its.map((price) => quote(price.ticker));
    },
    async deleteConnection() {},
    ...known,
    ...(watchersOf && {
      watchersOf(names) {
        calls.push(`watchers ${names}`);
        return watchersOf(names);
      },
    }),
  });
  return { subscriptions, calls };
}

test("publish stores prices, then sends each watcher its own, in two graph requests", async () => {
  const { subscriptions, calls } = graph({
    watchersOf: () => streamOf([watcher("a=", "A", "B")], [watcher("b=", "B")]),
  });
  const { connections, posted } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: [] };
  const { summary, times } = await publish(
    { subscriptions, connections, pages: noQueue },
    form,
    new Date(AT),
    2,
  );
  expect(summary).toEqual({ quotes: 2, watchers: 2, delivered: 2, gone: 0, closed: 0 });
  expect(calls).toEqual([`record A,B at ${AT}`, "watchers A,B"]);
  expect(posted).toEqual([
    ["a=", quotesMessageTo("a=", "A", "B")],
    ["b=", quotesMessageTo("b=", "B")],
  ]);
  expect(Object.keys(times).sort()).toEqual(["graphReadMs", "graphWriteMs", "postsMs"]);
  for (const ms of Object.values(times)) expect(ms).toBeGreaterThanOrEqual(0);
});

test("publish counts prices older than the stored ones as superseded, and does not send them", async () => {
  const { subscriptions, calls } = graph({
    recordPrices: async () => [quote("B")],
    watchersOf: () => streamOf([watcher("b=", "B")]),
  });
  const { connections, posted } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: ["c="] };
  const { summary } = await publish({ subscriptions, connections, pages: noQueue }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 1, superseded: 1, watchers: 2, delivered: 2, gone: 0, closed: 0 });
  expect(calls).toEqual(["watchers B"]);
  expect(posted).toEqual([
    ["b=", quotesMessageTo("b=", "B")],
    ["c=", quotesMessageTo("c=", "B")],
  ]);
});

test("publish reads no watchers and sends nothing when all prices are superseded", async () => {
  const { subscriptions, calls } = graph({ recordPrices: async () => [] });
  const { connections, posted } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: ["c="] };
  const { summary } = await publish({ subscriptions, connections, pages: noQueue }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 0, superseded: 2, watchers: 0, delivered: 0, gone: 0, closed: 0 });
  expect([calls, posted]).toEqual([[], []]);
});

test("publish sends all quotes once to each named connection, and counts an invalid id as gone", async () => {
  const { subscriptions } = graph({
    watchersOf: () => streamOf([watcher("a=", "A"), watcher("b=", "A")]),
  });
  const { connections, posted } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: ["b=", "no id", "c="] };
  const { summary } = await publish({ subscriptions, connections, pages: noQueue }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 2, watchers: 4, delivered: 3, gone: 1, closed: 0 });
  expect(posted).toEqual([
    ["a=", quotesMessageTo("a=", "A")],
    ["b=", quotesMessageTo("b=", "A", "B")],
    ["c=", quotesMessageTo("c=", "A", "B")],
  ]);
});

test("publish queues all recipients, named ones included, above the direct limit", async () => {
  const { subscriptions } = graph({
    watchersOf: () => streamOf([watcher("a=", "B"), watcher("b=", "A", "B")]),
  });
  const sent: unknown[] = [];
  const pages = {
    async send(texts: readonly string[]) {
      sent.push(...texts.map((text) => JSON.parse(text)));
    },
  };
  const { connections, posted } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: ["c="] };
  const { summary } = await publish({ subscriptions, connections, pages }, form, new Date(AT), 2);
  expect(summary).toEqual({ quotes: 2, watchers: 3, queued: 3 });
  expect(sent).toEqual([
    {
      news: { action: "quotes", quotes: [wireQuote("A"), wireQuote("B")] },
      recipients: [["a=", 1], ["b="]],
      unverified: ["c="],
    },
  ]);
  expect(posted).toEqual([]);
});

test("publish queues no malformed connection id", async () => {
  const { subscriptions } = graph({ watchersOf: () => streamOf([watcher("a=", "A")]) });
  const sent: string[] = [];
  const pages = { send: async (texts: readonly string[]) => void sent.push(...texts) };
  const { connections } = sockets();
  const form = { prices: prices("A"), connectionIds: ["\uFFFE", "no connection"] };
  const { summary } = await publish({ subscriptions, connections, pages }, form, new Date(AT), 0);
  expect(summary).toEqual({ quotes: 1, watchers: 1, queued: 1 });
  expect(sent.map((text) => JSON.parse(text).recipients)).toEqual([[["a="]]]);
});

test("publish queues a named connection once when it is also among more than 5,000 watchers", async () => {
  const ids = Array.from({ length: 5_001 }, (_, n) => `c${n}=`);
  const { subscriptions } = graph({ watchersOf: () => streamOf(ids.map((id) => watcher(id, "A"))) });
  const queued: string[] = [];
  const pages = {
    async send(texts: readonly string[]) {
      for (const text of texts) for (const [id] of JSON.parse(text).recipients) queued.push(id);
    },
  };
  const ports = { subscriptions, connections: sockets().connections, pages };
  const form = { prices: prices("A"), connectionIds: ["c0="] };
  const { summary } = await publish(ports, form, new Date(AT), 2);
  expect(summary).toEqual({ quotes: 1, watchers: 5_001, queued: 5_001 });
  expect(queued.sort()).toEqual(ids.sort());
});

test("publish makes no graph write for gone connections that only the publisher named", async () => {
  const forgotten: string[] = [];
  const { subscriptions } = graph({
    watchersOf: () => streamOf([watcher("a=", "A"), watcher("b=", "A")]),
    async deleteConnection(connectionId) {
      forgotten.push(connectionId);
    },
  });
  const { connections } = sockets(() => "gone");
  const madeUp = Array.from({ length: 100 }, (_, n) => `made-up-${n}=`);
  const form = { prices: prices("A"), connectionIds: ["b=", ...madeUp] };
  const { summary } = await publish({ subscriptions, connections, pages: noQueue }, form, new Date(AT), 200);
  expect(summary).toEqual({ quotes: 1, watchers: 102, delivered: 0, gone: 102, closed: 0 });
  expect(forgotten.sort()).toEqual(["a=", "b="]);

  const sent: { readonly recipients: unknown; readonly unverified: unknown }[] = [];
  const pages = {
    send: async (texts: readonly string[]) => void sent.push(...texts.map((text) => JSON.parse(text))),
  };
  await publish({ subscriptions, connections, pages }, form, new Date(AT), 1);
  expect(sent.map(({ recipients, unverified }) => ({ recipients, unverified }))).toEqual([
    { recipients: [["a="], ["b="]], unverified: madeUp },
  ]);
});

test("publish reads no watchers and sends nothing when the graph write fails", async () => {
  const fault = new Error("no graph");
  const { subscriptions } = graph({ recordPrices: () => Promise.reject(fault) });
  const ports = { subscriptions, connections: sockets().connections, pages: noQueue };
  const form = { prices: prices("A"), connectionIds: ["c="] };
  await expect(publish(ports, form, new Date(AT), 9)).rejects.toBe(fault);
});

test("publish counts connections that could be neither reached nor closed as failed", async () => {
  const { subscriptions } = graph({ watchersOf: () => streamOf([watcher("a=", "A")]) });
  const { connections } = sockets(() => "forbidden");
  const form = { prices: prices("A"), connectionIds: [] };
  const { summary } = await publish({ subscriptions, connections, pages: noQueue }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 1, watchers: 1, delivered: 0, gone: 0, closed: 0, failed: 1 });
});

test("broadcast sends the notice to every connection once", async () => {
  const subscriptions = subscriptionsWith({ connections: () => streamOf(["a=", "b="], ["b="]) });
  const { connections, posted } = sockets();
  const ports = { subscriptions, connections, pages: noQueue };
  expect(await broadcast(ports, "Back at 5", 2)).toEqual({ watchers: 2, delivered: 2, gone: 0, closed: 0 });
  const message = { action: "notice", message: "Back at 5" };
  expect(posted).toEqual([
    ["a=", message],
    ["b=", message],
  ]);
});

test("broadcast queues connections above the direct limit", async () => {
  const subscriptions = subscriptionsWith({ connections: () => streamOf(["a="], ["b="]) });
  const sent: unknown[] = [];
  const pages = {
    async send(texts: readonly string[]) {
      sent.push(...texts.map((text) => JSON.parse(text)));
    },
  };
  const ports = { subscriptions, connections: sockets().connections, pages };
  expect(await broadcast(ports, "Back at 5", 1)).toEqual({ watchers: 2, queued: 2 });
  expect(sent).toEqual([{ news: { action: "notice", message: "Back at 5" }, recipients: [["a="], ["b="]] }]);
});
