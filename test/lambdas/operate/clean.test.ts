import { expect, test } from "vitest";
import { clean } from "#lambdas/operate/clean.ts";
import { sockets, subscriptionsWith } from "#support/ports.ts";

/* Order and limits of one call, over a fake graph. The dropped vertices are tested in test/contracts. */

/** A graph with connections and `others` other vertices. */
function graphOf(connectionIds: readonly string[], others = 0) {
  const calls: string[] = [];
  let known = connectionIds;
  let left = others;
  const subscriptions = subscriptionsWith({
    someConnections: async (atMost) => known.slice(0, atMost),
    async deleteConnections(ids) {
      calls.push(`forget ${ids.length}`);
      known = known.filter((id) => !ids.includes(id));
    },
    async dropUnlessConnected(atMost) {
      calls.push(`drop ${atMost}`);
      const vertices = known.length > 0 ? 0 : Math.min(left, atMost);
      left -= vertices;
      return { vertices, isEmpty: known.length + left === 0 };
    },
  });
  return { subscriptions, calls };
}
const ids = (count: number) => Array.from({ length: count }, (_, n) => `c${n}=`);

test("clean closes and then deletes connections, 64 at a time and 256 per call, and drops nothing else", async () => {
  const { subscriptions, calls } = graphOf(ids(300), 9);
  const { connections, closed } = sockets();
  const deleteConnections: typeof subscriptions.deleteConnections = async (batch) => {
    expect(closed).toEqual(expect.arrayContaining([...batch]));
    await subscriptions.deleteConnections(batch);
  };
  const ports = { subscriptions: { ...subscriptions, deleteConnections }, connections };
  expect(await clean(ports)).toEqual({ closed: 256, dropped: 0, done: false });
  expect(calls).toEqual(["forget 64", "forget 64", "forget 64", "forget 64"]);
  expect(await clean(ports)).toEqual({ closed: 44, dropped: 0, done: false });
  expect(await clean(ports)).toEqual({ closed: 0, dropped: 9, done: true });
  expect(closed).toHaveLength(300);
});

test("clean keeps a connection that cannot be closed, and drops nothing while there is one", async () => {
  const { subscriptions, calls } = graphOf(ids(3), 9);
  const { connections } = sockets(undefined, (id) => id !== "c1=");
  const ports = { subscriptions, connections };
  expect(await clean(ports)).toEqual({ closed: 2, failed: 1, dropped: 0, done: false });
  expect(await clean(ports)).toEqual({ closed: 0, failed: 1, dropped: 0, done: false });
  expect(calls).toEqual(["forget 2", "forget 0"]);
});

test.each([
  [0, 0, true, 1],
  [500, 500, true, 1],
  [2_000, 2_000, true, 4],
  [2_001, 2_000, false, 4],
])("clean of %i vertices drops %i and returns done %s, in %i steps", async (others, dropped, done, steps) => {
  const { subscriptions, calls } = graphOf([], others);
  const { connections } = sockets();
  expect(await clean({ subscriptions, connections })).toEqual({ closed: 0, dropped, done });
  expect(calls).toEqual(Array.from({ length: steps }, () => "drop 500"));
});

test("clean returns done false and drops nothing when a connection has appeared", async () => {
  const { subscriptions } = graphOf(["late="], 9);
  const someConnections = async () => [];
  const { connections } = sockets();
  const ports = { subscriptions: { ...subscriptions, someConnections }, connections };
  expect(await clean(ports)).toEqual({ closed: 0, dropped: 0, done: false });
});
