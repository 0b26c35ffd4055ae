import { expect, test } from "vitest";
import { sweep } from "#lambdas/sweep/sweep.ts";
import { GraphError } from "#protocol/errors.ts";

/* Steps and deadline of a sweep, over a fake graph. Which connections expire is tested in test/contracts. */
const NOW = new Date("2026-11-21T01:02:03.456Z");
const always = () => true;
const timeout = new GraphError("GRAPH_TIMEOUT", "The graph gave up at the evaluation timeout.");

/** A graph with `expired` connections that times out above `limit` in one step, and its step sizes. */
function graphWith(expired: number, limit = Number.POSITIVE_INFINITY) {
  const stepSizes: number[] = [];
  let left = expired;
  return {
    stepSizes,
    subscriptions: {
      async deleteExpired(now: Date, atMost: number) {
        expect(now).toBe(NOW);
        stepSizes.push(atMost);
        const found = Math.min(left, atMost);
        if (found > limit) throw timeout;
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
])("sweep deletes %i connections in %i steps of 200", async (expired, steps) => {
  const { subscriptions, stepSizes } = graphWith(expired);
  expect(await sweep(subscriptions, NOW, always)).toEqual({ deleted: expired, isDone: true });
  expect(stepSizes).toEqual(Array.from({ length: steps }, () => 200));
});

test("sweep stops after the current step when no time is left, and returns isDone false", async () => {
  const { subscriptions, stepSizes } = graphWith(1_000);
  let calls = 0;
  const hasTime = () => ++calls < 3;
  expect(await sweep(subscriptions, NOW, hasTime)).toEqual({ deleted: 600, isDone: false });
  expect(stepSizes).toEqual([200, 200, 200]);
});

test("sweep makes one step without time left, and returns isDone true when it was the last", async () => {
  const { subscriptions } = graphWith(7);
  expect(await sweep(subscriptions, NOW, () => false)).toEqual({ deleted: 7, isDone: true });
});

test("sweep halves the step size for good after a timeout", async () => {
  const { subscriptions, stepSizes } = graphWith(130, 60);
  expect(await sweep(subscriptions, NOW, always)).toEqual({ deleted: 130, isDone: true });
  expect(stepSizes).toEqual([200, 100, 50, 50, 50]);
});

test("sweep rejects with the timeout when a step of one connection times out", async () => {
  const { subscriptions, stepSizes } = graphWith(1_000, 0);
  await expect(sweep(subscriptions, NOW, always)).rejects.toBe(timeout);
  expect(stepSizes.at(-1)).toBe(1);
});

test("sweep rejects with the timeout when no time is left for a smaller step", async () => {
  const { subscriptions, stepSizes } = graphWith(1_000, 0);
  await expect(sweep(subscriptions, NOW, () => false)).rejects.toBe(timeout);
  expect(stepSizes).toEqual([200]);
});

test("sweep rejects at once with any other graph error", async () => {
  const fault = new GraphError("GRAPH_UNREACHABLE", "no graph");
  let calls = 0;
  const deleteExpired = () => {
    calls += 1;
    return Promise.reject(fault);
  };
  await expect(sweep({ deleteExpired }, NOW, always)).rejects.toBe(fault);
  expect(calls).toBe(1);
});
