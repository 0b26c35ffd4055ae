import { expect, test } from "vitest";
import { sweep } from "../../../lambdas/sweep/sweep.ts";

/* How far a sweep goes. Which connections are past their time is for test/contracts to ask a real graph. */
const NOW = new Date("2026-11-21T01:02:03.456Z");

/** A graph with so many connections past their time, and what it was asked. */
function graphWith(expired: number) {
  const asked: [Date, number][] = [];
  let left = expired;
  const forgetExpired = async (now: Date, atMost: number) => {
    asked.push([now, atMost]);
    const found = Math.min(left, atMost);
    left -= found;
    return found;
  };
  return { asked, subscriptions: { forgetExpired } };
}

test.each([
  [0, 1],
  [199, 1],
  [200, 2],
  [401, 3],
])("%i connections are forgotten in %i steps of 200", async (expired, steps) => {
  const { subscriptions, asked } = graphWith(expired);
  expect(await sweep(subscriptions, NOW, () => true)).toEqual({ forgotten: expired, isDone: true });
  expect(asked).toEqual(Array.from({ length: steps }, () => [NOW, 200]));
});

test("a sweep without time left stops after a step, and says that there is more", async () => {
  const { subscriptions, asked } = graphWith(1_000);
  let asks = 0;
  expect(await sweep(subscriptions, NOW, () => ++asks < 3)).toEqual({ forgotten: 600, isDone: false });
  expect(asked).toHaveLength(3);
});

test("even without any time one step is made, and the last one is known to be the last", async () => {
  expect(await sweep(graphWith(7).subscriptions, NOW, () => false)).toEqual({ forgotten: 7, isDone: true });
});

test("a fault of the graph is passed on", async () => {
  const fault = new Error("no graph");
  const failing = { forgetExpired: () => Promise.reject(fault) };
  await expect(sweep(failing, NOW, () => true)).rejects.toBe(fault);
});
