import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { timeLeftMs, within, withinInvocation } from "#lambdas/deadline.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

test("timeLeftMs is Infinity outside within", () => {
  expect(timeLeftMs()).toBe(Number.POSITIVE_INFINITY);
});

test("timeLeftMs decreases, and concurrent callers have separate deadlines", async () => {
  const first = within(1_000, async () => {
    vi.advanceTimersByTime(300);
    await Promise.resolve();
    return timeLeftMs();
  });
  const second = within(50, async () => timeLeftMs());
  expect(await Promise.all([first, second])).toEqual([700, 50]);
  expect(timeLeftMs()).toBe(Number.POSITIVE_INFINITY);
});

test("timeLeftMs is negative after the deadline", async () => {
  const left = within(100, async () => {
    vi.advanceTimersByTime(101);
    return timeLeftMs();
  });
  expect(await left).toBe(-1);
});

test("withinInvocation reserves five seconds of the invocation time", async () => {
  const context = { getRemainingTimeInMillis: () => 29_000 };
  expect(await withinInvocation(context, async () => timeLeftMs())).toBe(24_000);
});
