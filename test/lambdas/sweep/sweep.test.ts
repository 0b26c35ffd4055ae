import { expect, test } from "vitest";
import { sweep } from "#lambdas/sweep/sweep.ts";
import { GraphError } from "#protocol/errors.ts";

/* How far a sweep goes. Which connections are past their time is for test/contracts to ask a real graph. */
const NOW = new Date("2026-11-21T01:02:03.456Z");
const always = () => true;
const tooMuch = new GraphError("GRAPH_TIMEOUT", "The graph gave up at the evaluation timeout.");

/** A graph with so many expired connections, which takes too long over more than `manages` at once; and what it was asked for. */
function graphWith(expired: number, manages = Number.POSITIVE_INFINITY) {
  const asked: number[] = [];
  let left = expired;
  return {
    asked,
    subscriptions: {
      async forgetExpired(now: Date, atMost: number) {
        expect(now).toBe(NOW);
        asked.push(atMost);
        const found = Math.min(left, atMost);
        if (found > manages) throw tooMuch;
        left -= found;
        return found;
      },
    },
  };
}

test.each([
  [0, 1],
  [199, 1],
  [200, 2],
  [401, 3],
])("%i connections are forgotten in %i steps of 200", async (expired, steps) => {
  const { subscriptions, asked } = graphWith(expired);
  expect(await sweep(subscriptions, NOW, always)).toEqual({ forgotten: expired, isDone: true });
  expect(asked).toEqual(Array.from({ length: steps }, () => 200));
});

test("a sweep without time left stops after a step, and says that there is more", async () => {
  const { subscriptions, asked } = graphWith(1_000);
  let asks = 0;
  const hasTime = () => ++asks < 3;
  expect(await sweep(subscriptions, NOW, hasTime)).toEqual({ forgotten: 600, isDone: false });
  expect(asked).toEqual([200, 200, 200]);
});

test("even without any time one step is made, and the last one is known to be the last", async () => {
  const { subscriptions } = graphWith(7);
  expect(await sweep(subscriptions, NOW, () => false)).toEqual({ forgotten: 7, isDone: true });
});

test("what takes the graph too long is done by half as many, from then on", async () => {
  const { subscriptions, asked } = graphWith(130, 60);
  expect(await sweep(subscriptions, NOW, always)).toEqual({ forgotten: 130, isDone: true });
  expect(asked).toEqual([200, 100, 50, 50, 50]);
});

test("a graph that takes too long over a single one is passed on as it is", async () => {
  const { subscriptions, asked } = graphWith(1_000, 0);
  await expect(sweep(subscriptions, NOW, always)).rejects.toBe(tooMuch);
  expect(asked.at(-1)).toBe(1);
});

test("a graph that takes too long when no time is left is passed on too, for the log to tell", async () => {
  const { subscriptions, asked } = graphWith(1_000, 0);
  await expect(sweep(subscriptions, NOW, () => false)).rejects.toBe(tooMuch);
  expect(asked).toEqual([200]);
});

test("another fault of the graph is passed on at once", async () => {
  const fault = new GraphError("GRAPH_UNREACHABLE", "no graph");
  let asks = 0;
  const forgetExpired = () => {
    asks += 1;
    return Promise.reject(fault);
  };
  await expect(sweep({ forgetExpired }, NOW, always)).rejects.toBe(fault);
  expect(asks).toBe(1);
});
