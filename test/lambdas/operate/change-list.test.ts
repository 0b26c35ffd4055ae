import { expect, test } from "vitest";
import type { Subscriptions, Watched } from "#lambdas/graph/subscriptions.ts";
import { addToList, takeFromList } from "#lambdas/operate/change-list.ts";
import { quote, sockets, streamOf, subscriptionsWith, tickers, wireQuote } from "#support/ports.ts";

/* What a change of a user's list asks and tells, over a graph that answers as told. test/contracts asks a real one. */
const LIST: Watched = {
  user: { id: "u", version: 4 },
  tickers: tickers("A", "B"),
  baskets: [{ name: "b", version: 2, tickers: tickers("C") }],
  quotes: [quote("A"), quote("C")],
};
const WATCHES = { tickers: tickers("B"), baskets: ["b"] };
const told = (connectionId: string, ...names: readonly string[]) => [
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
    async takeFromList(userId, { tickers, baskets }) {
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

test("what is added is written, then read, then told to all connections with the last prices", async () => {
  const { subscriptions, calls } = graph();
  const { connections, told: all } = sockets();
  expect(await addToList({ subscriptions, connections }, "u", WATCHES)).toEqual({
    user: { id: "u", version: 4 },
    watching: 3,
  });
  expect(calls).toEqual(["add u B b 500 20", "read u", "connections u"]);
  expect(all).toEqual([told("a=", "A", "C"), told("b=", "A", "C")]);
});

test("what is taken away is written, then read, then the list is told without prices", async () => {
  const { subscriptions, calls } = graph();
  const { connections, told: all } = sockets();
  expect(await takeFromList({ subscriptions, connections }, "u", WATCHES)).toEqual({
    user: { id: "u", version: 4 },
    watching: 3,
  });
  expect(calls).toEqual(["take u B b", "read u", "connections u"]);
  expect(all).toEqual([told("a="), told("b=")]);
});

test("a list of a user without a connection is told to nobody", async () => {
  const { subscriptions } = graph({ connectionsOf: () => streamOf() });
  const { connections, told: all } = sockets();
  expect(await addToList({ subscriptions, connections }, "u", WATCHES)).toMatchObject({ watching: 3 });
  expect(all).toEqual([]);
});

test("more than a user may watch is a problem, and nobody is told", async () => {
  const { subscriptions } = graph({ addToList: async () => false });
  const { connections, told: all } = sockets();
  expect(await addToList({ subscriptions, connections }, "u", WATCHES)).toEqual({
    problem:
      "Expected at most 500 tickers and baskets a user, and at most 20 baskets; u watches 2 tickers and 1 baskets. Nothing was added.",
  });
  expect(all).toEqual([]);
});

test("taking from the list of an unknown user is a problem", async () => {
  const { subscriptions } = graph({ user: async () => undefined });
  const { connections } = sockets();
  expect(await takeFromList({ subscriptions, connections }, "x", WATCHES)).toEqual({
    problem: "There is no user x.",
  });
});

test("a connection that can be neither told nor closed is a problem, after the others were told", async () => {
  const { connections, told: all } = sockets(
    (id) => (id === "a=" ? "unreachable" : "delivered"),
    () => false,
  );
  expect(await addToList({ subscriptions: graph().subscriptions, connections }, "u", WATCHES)).toEqual({
    problem: "The list of u has changed, but not all of the user's connections could be told. Ask again.",
  });
  expect(all.map(([id]) => id)).toEqual(["a=", "b="]);
});

test("nobody is told when the list could not be changed", async () => {
  const fault = new Error("no graph");
  const { subscriptions } = graph({ addToList: () => Promise.reject(fault) });
  const { connections } = sockets();
  await expect(addToList({ subscriptions, connections }, "u", WATCHES)).rejects.toBe(fault);
});
