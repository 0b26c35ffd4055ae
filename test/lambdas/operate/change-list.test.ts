import { expect, test } from "vitest";
import type { Subscriptions, Watched } from "#lambdas/graph/subscriptions.ts";
import { addToList, removeFromList } from "#lambdas/operate/change-list.ts";
import { quote, sockets, streamOf, subscriptionsWith, tickers, wireQuote } from "#support/ports.ts";

/* Graph requests and messages of a list change, over fake ports. A real graph is tested in test/contracts. */
const LIST: Watched = {
  user: { id: "u", version: 4 },
  tickers: tickers("A", "B"),
  baskets: [{ name: "b", version: 2, tickers: tickers("C") }],
  quotes: [quote("A"), quote("C")],
};
const WATCHES = { tickers: tickers("B"), baskets: ["b"] };
const message = (connectionId: string, ...names: readonly string[]) => [
  connectionId,
  {
    action: "quotes",
    "connection-id": connectionId,
    watching: ["A", "B"],
    baskets: [{ name: "b", version: 2, tickers: ["C"] }],
    user: { id: "u", version: 4 },
    quotes: names.map((name) => wireQuote(name)),
  },
];

function graph(known: Partial<Subscriptions> = {}) {
  const calls: string[] = [];
  const subscriptions = subscriptionsWith({
    async addToList(userId, { tickers, baskets }, limits) {
      calls.push(`add ${userId} ${tickers} ${baskets} ${limits.watches} ${limits.baskets}`);
      return true;
    },
    async removeFromList(userId, { tickers, baskets }) {
      calls.push(`take ${userId} ${tickers} ${baskets}`);
    },
    async user(userId) {
      calls.push(`read ${userId}`);
      return LIST;
    },
    async *connectionsOf(userId) {
      calls.push(`connections ${userId}`);
      yield ["a=", "b="];
    },
    ...known,
  });
  return { subscriptions, calls };
}

test("addToList writes, reads, and sends the list with its last prices to the connections", async () => {
  const { subscriptions, calls } = graph();
  const { connections, posted } = sockets();
  expect(await addToList({ subscriptions, connections }, "u", WATCHES)).toEqual({
    user: { id: "u", version: 4 },
    watching: 3,
  });
  expect(calls).toEqual(["add u B b 500 20", "read u", "connections u"]);
  expect(posted).toEqual([message("a=", "A", "C"), message("b=", "A", "C")]);
});

test("removeFromList writes, reads, and sends the list without prices", async () => {
  const { subscriptions, calls } = graph();
  const { connections, posted } = sockets();
  expect(await removeFromList({ subscriptions, connections }, "u", WATCHES)).toEqual({
    user: { id: "u", version: 4 },
    watching: 3,
  });
  expect(calls).toEqual(["take u B b", "read u", "connections u"]);
  expect(posted).toEqual([message("a="), message("b=")]);
});

test("addToList sends nothing for a user without connections", async () => {
  const { subscriptions } = graph({ connectionsOf: () => streamOf() });
  const { connections, posted } = sockets();
  expect(await addToList({ subscriptions, connections }, "u", WATCHES)).toMatchObject({ watching: 3 });
  expect(posted).toEqual([]);
});

test("addToList returns a problem and sends nothing above the limit of a list", async () => {
  const { subscriptions } = graph({ addToList: async () => false });
  const { connections, posted } = sockets();
  expect(await addToList({ subscriptions, connections }, "u", WATCHES)).toEqual({
    problem:
      "Expected at most 500 tickers and baskets per user, and at most 20 baskets; u watches 2 tickers and 1 baskets. Nothing was added.",
  });
  expect(posted).toEqual([]);
});

test("removeFromList returns a problem for an unknown user", async () => {
  const { subscriptions } = graph({ user: async () => undefined });
  const { connections } = sockets();
  expect(await removeFromList({ subscriptions, connections }, "x", WATCHES)).toEqual({
    problem: "There is no user x.",
  });
});

test("addToList returns a problem after all posts when one connection can be neither reached nor closed", async () => {
  const { connections, posted } = sockets(
    (id) => (id === "a=" ? "unreachable" : "delivered"),
    () => false,
  );
  expect(await addToList({ subscriptions: graph().subscriptions, connections }, "u", WATCHES)).toEqual({
    problem: "The list of u was changed, but not sent to all connections of the user. Retry.",
  });
  expect(posted.map(([id]) => id)).toEqual(["a=", "b="]);
});

test("addToList sends nothing when the graph write fails", async () => {
  const fault = new Error("no graph");
  const { subscriptions } = graph({ addToList: () => Promise.reject(fault) });
  const { connections } = sockets();
  await expect(addToList({ subscriptions, connections }, "u", WATCHES)).rejects.toBe(fault);
});
