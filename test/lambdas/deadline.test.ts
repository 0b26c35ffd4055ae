import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { timeLeftMs, within, withinInvocation } from "#lambdas/deadline.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

test("there is time for ever where nobody said how much", () => {
  expect(timeLeftMs()).toBe(Number.POSITIVE_INFINITY);
});

test("what is left grows less, and each caller has its own", async () => {
  const first = within(1_000, async () => {
    vi.advanceTimersByTime(300);
    await Promise.resolve();
    return timeLeftMs();
  });
  const second = within(50, async () => timeLeftMs());
  expect(await Promise.all([first, second])).toEqual([700, 50]);
  expect(timeLeftMs()).toBe(Number.POSITIVE_INFINITY);
});

test("time that is over is below zero", async () => {
  const left = within(100, async () => {
    vi.advanceTimersByTime(101);
    return timeLeftMs();
  });
  expect(await left).toBe(-1);
});

test("a Lambda keeps five seconds to end what was begun", async () => {
  const context = { getRemainingTimeInMillis: () => 29_000 };
  expect(await withinInvocation(context, async () => timeLeftMs())).toBe(24_000);
});
