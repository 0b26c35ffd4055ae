/** The token buckets of a stage. Does not prove AWS limits, which are applied on a best-effort basis. */
import { expect, test } from "vitest";
import { createThrottle } from "#emulator/apigateway/throttle.ts";
import { ManualClock } from "#emulator/clock.ts";
import { createRoute } from "./apis.ts";

const watch = createRoute("watch");
const ping = createRoute("ping");

test("a burst up to burstLimit is accepted and the next request is rejected", () => {
  const tryConsume = createThrottle({ rateLimit: 1, burstLimit: 3 }, [watch], new ManualClock());
  expect([1, 2, 3, 4].map(() => tryConsume(watch))).toEqual([true, true, true, false]);
});

test("tokens refill at rateLimit per second, up to burstLimit", () => {
  const clock = new ManualClock();
  const tryConsume = createThrottle({ rateLimit: 2, burstLimit: 2 }, [watch], clock);
  expect([1, 2, 3].map(() => tryConsume(watch))).toEqual([true, true, false]);
  clock.advance(500);
  expect([1, 2].map(() => tryConsume(watch))).toEqual([true, false]);
  clock.advance(60_000);
  expect([1, 2, 3].map(() => tryConsume(watch))).toEqual([true, true, false]);
});

test("routes without an override share the token bucket of the stage", () => {
  const tryConsume = createThrottle({ rateLimit: 1, burstLimit: 1 }, [watch, ping], new ManualClock());
  expect([tryConsume(watch), tryConsume(ping)]).toEqual([true, false]);
});

test("a route with a throttle override has a separate token bucket", () => {
  const limited = createRoute("watch", { throttle: { rateLimit: 1, burstLimit: 2 } });
  const tryConsume = createThrottle({ rateLimit: 1, burstLimit: 1 }, [limited, ping], new ManualClock());
  expect([tryConsume(ping), tryConsume(limited), tryConsume(limited), tryConsume(limited)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test("limits of 0, the value of unset limits, reject every request", () => {
  const tryConsume = createThrottle({ rateLimit: 0, burstLimit: 0 }, [watch], new ManualClock());
  expect(tryConsume(watch)).toBe(false);
});
