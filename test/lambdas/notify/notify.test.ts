import { expect, test } from "vitest";
import type { PostOutcome } from "#lambdas/connections/connections.ts";
import { notice } from "#lambdas/delivery/messages.ts";
import type { Notification } from "#lambdas/notify/notification.ts";
import { notify } from "#lambdas/notify/notify.ts";
import { quotesTold, sockets, streamOf, subscriptionsWith, wireQuote } from "#support/ports.ts";

/* How telling ends for each kind of notification. How a post ends is deliver.test.ts' part. */
const TO_CONNECTION: Notification = { kind: "connection", connectionId: "a=", text: '{"x":1}' };
const TO_USER: Notification = { kind: "user", userId: "Ann", text: '{"x":1}' };

/** A graph in which Ann has these connections, and which forgets. */
const graphWith = (...batches: readonly (readonly string[])[]) =>
  subscriptionsWith({
    connectionsOf: (userId) => (userId === "Ann" ? streamOf(...batches) : expect.fail(userId)),
    async forget() {},
  });

test("a connection is told the text", async () => {
  const { connections, told } = sockets();
  expect(await notify({ subscriptions: subscriptionsWith({}), connections }, TO_CONNECTION)).toBe("done");
  expect(told).toEqual([["a=", { x: 1 }]]);
});

test.each<[PostOutcome, boolean, string]>([
  ["delivered", false, "done"],
  ["gone", false, "done"],
  ["unreachable", true, "done"],
  ["unreachable", false, "again"],
  ["forbidden", true, "again"],
  ["too-large", true, "never"],
])("a post that is %s (and can be closed: %s) is %s", async (post, canClose, outcome) => {
  const { connections } = sockets(
    () => post,
    () => canClose,
  );
  expect(await notify({ subscriptions: graphWith(), connections }, TO_CONNECTION)).toBe(outcome);
  expect(await notify({ subscriptions: graphWith(["a="]), connections }, TO_USER)).toBe(outcome);
});

test("a connection that a message names and that is gone is not deleted from the graph, unlike one of a user", async () => {
  const { connections } = sockets(() => "gone");
  const forgotten: string[] = [];
  const subscriptions = subscriptionsWith({
    connectionsOf: () => streamOf(["a="]),
    async forget(connectionId) {
      forgotten.push(connectionId);
    },
  });
  expect(await notify({ subscriptions, connections }, TO_CONNECTION)).toBe("done");
  expect(forgotten).toEqual([]);
  expect(await notify({ subscriptions, connections }, TO_USER)).toBe("done");
  expect(forgotten).toEqual(["a="]);
});

test("a connection that a publisher named in a page and that is gone is not deleted from the graph", async () => {
  const { connections } = sockets(() => "gone");
  const forgotten: string[] = [];
  const subscriptions = subscriptionsWith({
    async forget(connectionId) {
      forgotten.push(connectionId);
    },
  });
  const recipients = [{ connectionId: "a=" }, { connectionId: "b=", isUnverified: true }];
  expect(
    await notify({ subscriptions, connections }, { kind: "page", page: { news: notice("x"), recipients } }),
  ).toBe("done");
  expect(forgotten).toEqual(["a="]);
});

test("all connections of a user are told, each once", async () => {
  const { connections, told } = sockets();
  const subscriptions = graphWith(["a=", "b="], [], ["b=", "c=", "a="]);
  expect(await notify({ subscriptions, connections }, TO_USER)).toBe("done");
  expect(told).toEqual([
    ["a=", { x: 1 }],
    ["b=", { x: 1 }],
    ["c=", { x: 1 }],
  ]);
});

test("one connection of a user that failed is enough to do it again", async () => {
  const { connections, told } = sockets((id) => (id === "b=" ? "forbidden" : "delivered"));
  expect(await notify({ subscriptions: graphWith(["a=", "b=", "c="]), connections }, TO_USER)).toBe("again");
  expect(told.map(([id]) => id)).toEqual(["a=", "b=", "c="]);
});

test("a message for a user without connections ends with no-connections and sends nothing", async () => {
  const { connections, told } = sockets();
  expect(await notify({ subscriptions: graphWith(), connections }, TO_USER)).toBe("no-connections");
  expect(told).toEqual([]);
});

test("nobody is told before all connections of a user have been read", async () => {
  const { connections, told } = sockets();
  const fault = new Error("cut");
  async function* broken() {
    yield ["a="];
    throw fault;
  }
  const subscriptions = subscriptionsWith({ connectionsOf: broken });
  await expect(notify({ subscriptions, connections }, TO_USER)).rejects.toBe(fault);
  expect(told).toEqual([]);
});

test("each recipient of a page is told of its own", async () => {
  const { connections, told } = sockets();
  const page = {
    news: { action: "quotes" as const, quotes: [wireQuote("A"), wireQuote("B")] },
    recipients: [{ connectionId: "a=", tickers: new Set(["B"]) }, { connectionId: "b=" }],
  };
  const ports = { subscriptions: subscriptionsWith({}), connections };
  expect(await notify(ports, { kind: "page", page })).toBe("done");
  expect(told).toEqual([
    ["a=", quotesTold("a=", "B")],
    ["b=", quotesTold("b=", "A", "B")],
  ]);
});

test("a page is told again as long as somebody failed", async () => {
  const { connections } = sockets((id) => (id === "b=" ? "forbidden" : "gone"));
  const page = (...ids: readonly string[]): Notification => ({
    kind: "page",
    page: { news: notice("x"), recipients: ids.map((connectionId) => ({ connectionId })) },
  });
  const ports = { subscriptions: graphWith(), connections };
  expect(await notify(ports, page("a=", "b="))).toBe("again");
  expect(await notify(ports, page("a="))).toBe("done");
  expect(await notify(ports, page())).toBe("done");
});
