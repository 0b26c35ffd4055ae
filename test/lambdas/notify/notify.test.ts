import { expect, test } from "vitest";
import type { PostOutcome } from "#lambdas/connections/connections.ts";
import { notice } from "#lambdas/delivery/messages.ts";
import type { QueuedNotification } from "#lambdas/notify/notification.ts";
import { notify } from "#lambdas/notify/notify.ts";
import { quotesMessageTo, sockets, streamOf, subscriptionsWith, wireQuote } from "#support/ports.ts";

/* The outcome of each kind of notification. Outcomes of a single post are tested in deliver.test.ts. */
const TO_CONNECTION: QueuedNotification = { kind: "connection", connectionId: "a=", text: '{"x":1}' };
const TO_USER: QueuedNotification = { kind: "user", userId: "Ann", text: '{"x":1}' };

/** A graph in which Ann has these connections, with a `forget` that does nothing. */
const graphWith = (...batches: readonly (readonly string[])[]) =>
  subscriptionsWith({
    connectionsOf: (userId) => (userId === "Ann" ? streamOf(...batches) : expect.fail(userId)),
    async deleteConnection() {},
  });

test("notify sends the text to a connection", async () => {
  const { connections, posted } = sockets();
  expect(await notify({ subscriptions: subscriptionsWith({}), connections }, TO_CONNECTION)).toBe("done");
  expect(posted).toEqual([["a=", { x: 1 }]]);
});

test.each<[PostOutcome, boolean, string]>([
  ["delivered", false, "done"],
  ["gone", false, "done"],
  ["unreachable", true, "done"],
  ["unreachable", false, "again"],
  ["forbidden", true, "again"],
  ["too-large", true, "never"],
])(
  "notify with a post that is %s and a close that returns %s returns %s",
  async (post, canClose, outcome) => {
    const { connections } = sockets(
      () => post,
      () => canClose,
    );
    expect(await notify({ subscriptions: graphWith(), connections }, TO_CONNECTION)).toBe(outcome);
    expect(await notify({ subscriptions: graphWith(["a="]), connections }, TO_USER)).toBe(outcome);
  },
);

test("notify deletes a gone connection of a user from the graph, but not one named by the message", async () => {
  const { connections } = sockets(() => "gone");
  const forgotten: string[] = [];
  const subscriptions = subscriptionsWith({
    connectionsOf: () => streamOf(["a="]),
    async deleteConnection(connectionId) {
      forgotten.push(connectionId);
    },
  });
  expect(await notify({ subscriptions, connections }, TO_CONNECTION)).toBe("done");
  expect(forgotten).toEqual([]);
  expect(await notify({ subscriptions, connections }, TO_USER)).toBe("done");
  expect(forgotten).toEqual(["a="]);
});

test("notify does not delete a gone connection that a publisher named in a page", async () => {
  const { connections } = sockets(() => "gone");
  const forgotten: string[] = [];
  const subscriptions = subscriptionsWith({
    async deleteConnection(connectionId) {
      forgotten.push(connectionId);
    },
  });
  const recipients = [{ connectionId: "a=" }, { connectionId: "b=", isUnverified: true }];
  expect(
    await notify({ subscriptions, connections }, { kind: "page", page: { news: notice("x"), recipients } }),
  ).toBe("done");
  expect(forgotten).toEqual(["a="]);
});

test("notify sends the text once to each connection of a user", async () => {
  const { connections, posted } = sockets();
  const subscriptions = graphWith(["a=", "b="], [], ["b=", "c=", "a="]);
  expect(await notify({ subscriptions, connections }, TO_USER)).toBe("done");
  expect(posted).toEqual([
    ["a=", { x: 1 }],
    ["b=", { x: 1 }],
    ["c=", { x: 1 }],
  ]);
});

test("notify returns again when one connection of a user failed", async () => {
  const { connections, posted } = sockets((id) => (id === "b=" ? "forbidden" : "delivered"));
  expect(await notify({ subscriptions: graphWith(["a=", "b=", "c="]), connections }, TO_USER)).toBe("again");
  expect(posted.map(([id]) => id)).toEqual(["a=", "b=", "c="]);
});

test("notify returns no-connections and sends nothing for a user without connections", async () => {
  const { connections, posted } = sockets();
  expect(await notify({ subscriptions: graphWith(), connections }, TO_USER)).toBe("no-connections");
  expect(posted).toEqual([]);
});

test("notify sends nothing before all connections of a user have been read", async () => {
  const { connections, posted } = sockets();
  const fault = new Error("cut");
  async function* broken() {
    yield ["a="];
    throw fault;
  }
  const subscriptions = subscriptionsWith({ connectionsOf: broken });
  await expect(notify({ subscriptions, connections }, TO_USER)).rejects.toBe(fault);
  expect(posted).toEqual([]);
});

test("notify sends each recipient of a page its own quotes", async () => {
  const { connections, posted } = sockets();
  const page = {
    news: { action: "quotes" as const, quotes: [wireQuote("A"), wireQuote("B")] },
    recipients: [{ connectionId: "a=", tickers: new Set(["B"]) }, { connectionId: "b=" }],
  };
  const ports = { subscriptions: subscriptionsWith({}), connections };
  expect(await notify(ports, { kind: "page", page })).toBe("done");
  expect(posted).toEqual([
    ["a=", quotesMessageTo("a=", "B")],
    ["b=", quotesMessageTo("b=", "A", "B")],
  ]);
});

test("notify returns again for a page with a failed recipient, and done otherwise", async () => {
  const { connections } = sockets((id) => (id === "b=" ? "forbidden" : "gone"));
  const page = (...ids: readonly string[]): QueuedNotification => ({
    kind: "page",
    page: { news: notice("x"), recipients: ids.map((connectionId) => ({ connectionId })) },
  });
  const ports = { subscriptions: graphWith(), connections };
  expect(await notify(ports, page("a=", "b="))).toBe("again");
  expect(await notify(ports, page("a="))).toBe("done");
  expect(await notify(ports, page())).toBe("done");
});
