import { expect, test } from "vitest";
import type { Subscriptions, Watcher } from "#lambdas/graph/subscriptions.ts";
import { broadcast } from "#lambdas/publish/broadcast.ts";
import { publish } from "#lambdas/publish/publish.ts";
import {
  AT,
  noPages,
  quote,
  quotesTold,
  sockets,
  streamOf,
  subscriptionsWith,
  ticker,
  tickers,
  wireQuote,
} from "#support/ports.ts";

/*
 * What a publish asks and tells, over a graph that answers as told. That no price is lost between two flows that race is for
 * test/flows to try.
 */
const prices = (...names: readonly string[]) =>
  names.map((name) => ({ ticker: ticker(name), priceCents: 2400 }));

const watcher = (connectionId: string, ...names: readonly string[]): Watcher => ({
  connectionId,
  tickers: new Set(tickers(...names)),
});

/** A graph that stores every price at version 1, and notes what it is asked. */
function graph(known: Partial<Subscriptions>) {
  const calls: string[] = [];
  const { watchersOf } = known;
  const subscriptions = subscriptionsWith({
    async recordPrices(its, at) {
      calls.push(`record ${its.map((price) => price.ticker)} at ${at.toISOString()}`);
      return its.map((price) => quote(price.ticker));
    },
    async forget() {},
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

test("prices are stored, then each watcher is told of its own, all in two requests to the graph", async () => {
  const { subscriptions, calls } = graph({
    watchersOf: () => streamOf([watcher("a=", "A", "B")], [watcher("b=", "B")]),
  });
  const { connections, told } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: [] };
  const { summary, times } = await publish(
    { subscriptions, connections, pages: noPages },
    form,
    new Date(AT),
    2,
  );
  expect(summary).toEqual({ quotes: 2, watchers: 2, delivered: 2, gone: 0, closed: 0 });
  expect(calls).toEqual([`record A,B at ${AT}`, "watchers A,B"]);
  expect(told).toEqual([
    ["a=", quotesTold("a=", "A", "B")],
    ["b=", quotesTold("b=", "B")],
  ]);
  expect(Object.keys(times).sort()).toEqual(["graphReadMs", "graphWriteMs", "postsMs"]);
  for (const ms of Object.values(times)) expect(ms).toBeGreaterThanOrEqual(0);
});

test("prices with a later stored price are counted as superseded, and not sent", async () => {
  const { subscriptions, calls } = graph({
    recordPrices: async () => [quote("B")],
    watchersOf: () => streamOf([watcher("b=", "B")]),
  });
  const { connections, told } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: ["c="] };
  const { summary } = await publish({ subscriptions, connections, pages: noPages }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 1, superseded: 1, watchers: 2, delivered: 2, gone: 0, closed: 0 });
  expect(calls).toEqual(["watchers B"]);
  expect(told).toEqual([
    ["b=", quotesTold("b=", "B")],
    ["c=", quotesTold("c=", "B")],
  ]);
});

test("a post of superseded prices only reads no watchers and sends nothing", async () => {
  const { subscriptions, calls } = graph({ recordPrices: async () => [] });
  const { connections, told } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: ["c="] };
  const { summary } = await publish({ subscriptions, connections, pages: noPages }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 0, superseded: 2, watchers: 0, delivered: 0, gone: 0, closed: 0 });
  expect([calls, told]).toEqual([[], []]);
});

test("a connection that the publisher names is told of all, once, and one that is none is gone", async () => {
  const { subscriptions } = graph({
    watchersOf: () => streamOf([watcher("a=", "A"), watcher("b=", "A")]),
  });
  const { connections, told } = sockets();
  const form = { prices: prices("A", "B"), connectionIds: ["b=", "no id", "c="] };
  const { summary } = await publish({ subscriptions, connections, pages: noPages }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 2, watchers: 4, delivered: 3, gone: 1, closed: 0 });
  expect(told).toEqual([
    ["a=", quotesTold("a=", "A")],
    ["b=", quotesTold("b=", "A", "B")],
    ["c=", quotesTold("c=", "A", "B")],
  ]);
});

test("more watchers than are told at once are queued, with those that the publisher names", async () => {
  const { subscriptions } = graph({
    watchersOf: () => streamOf([watcher("a=", "B"), watcher("b=", "A", "B")]),
  });
  const sent: unknown[] = [];
  const pages = {
    async send(texts: readonly string[]) {
      sent.push(...texts.map((text) => JSON.parse(text)));
    },
  };
  const { connections, told } = sockets();
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
  expect(told).toEqual([]);
});

test("what can be no connection is put into no page", async () => {
  const { subscriptions } = graph({ watchersOf: () => streamOf([watcher("a=", "A")]) });
  const sent: string[] = [];
  const pages = { send: async (texts: readonly string[]) => void sent.push(...texts) };
  const { connections } = sockets();
  const form = { prices: prices("A"), connectionIds: ["\uFFFE", "no connection"] };
  const { summary } = await publish({ subscriptions, connections, pages }, form, new Date(AT), 0);
  expect(summary).toEqual({ quotes: 1, watchers: 1, queued: 1 });
  expect(sent.map((text) => JSON.parse(text).recipients)).toEqual([[["a="]]]);
});

test("a connection that is named is queued once, though its page as a watcher would have long been sent", async () => {
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

test("connections that only the publisher named and that are gone cause no graph write, direct or queued", async () => {
  const forgotten: string[] = [];
  const { subscriptions } = graph({
    watchersOf: () => streamOf([watcher("a=", "A"), watcher("b=", "A")]),
    async forget(connectionId) {
      forgotten.push(connectionId);
    },
  });
  const { connections } = sockets(() => "gone");
  const madeUp = Array.from({ length: 100 }, (_, n) => `made-up-${n}=`);
  const form = { prices: prices("A"), connectionIds: ["b=", ...madeUp] };
  const { summary } = await publish({ subscriptions, connections, pages: noPages }, form, new Date(AT), 200);
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

test("nobody is read, and nobody told, when the prices could not be stored", async () => {
  const fault = new Error("no graph");
  const { subscriptions } = graph({ recordPrices: () => Promise.reject(fault) });
  const ports = { subscriptions, connections: sockets().connections, pages: noPages };
  const form = { prices: prices("A"), connectionIds: ["c="] };
  await expect(publish(ports, form, new Date(AT), 9)).rejects.toBe(fault);
});

test("a summary says who could not be settled", async () => {
  const { subscriptions } = graph({ watchersOf: () => streamOf([watcher("a=", "A")]) });
  const { connections } = sockets(() => "forbidden");
  const form = { prices: prices("A"), connectionIds: [] };
  const { summary } = await publish({ subscriptions, connections, pages: noPages }, form, new Date(AT), 9);
  expect(summary).toEqual({ quotes: 1, watchers: 1, delivered: 0, gone: 0, closed: 0, failed: 1 });
});

test("a broadcast tells every connection the same", async () => {
  const subscriptions = subscriptionsWith({ connections: () => streamOf(["a=", "b="], ["b="]) });
  const { connections, told } = sockets();
  const ports = { subscriptions, connections, pages: noPages };
  expect(await broadcast(ports, "Back at 5", 2)).toEqual({ watchers: 2, delivered: 2, gone: 0, closed: 0 });
  const message = { action: "notice", message: "Back at 5" };
  expect(told).toEqual([
    ["a=", message],
    ["b=", message],
  ]);
});

test("a broadcast to many is queued", async () => {
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
