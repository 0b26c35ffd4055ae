/** The stage's token bucket. Does not prove AWS's own figures: there it is best effort, here exact. */
import { expect, test } from "vitest";
import { ManualClock } from "../../../local/clock.ts";
import { createThrottle } from "../../../local/gateway/throttle.ts";
import { createRoute } from "./apis.ts";

const watch = createRoute("watch");
const ping = createRoute("ping");

test("a burst passes at once, the next request does not", () => {
  const admit = createThrottle({ rateLimit: 1, burstLimit: 3 }, [watch], new ManualClock());
  expect([1, 2, 3, 4].map(() => admit(watch))).toEqual([true, true, true, false]);
});

test("tokens come back at the rate, up to the burst", () => {
  const clock = new ManualClock();
  const admit = createThrottle({ rateLimit: 2, burstLimit: 2 }, [watch], clock);
  expect([1, 2, 3].map(() => admit(watch))).toEqual([true, true, false]);
  clock.advance(500);
  expect([1, 2].map(() => admit(watch))).toEqual([true, false]);
  clock.advance(60_000);
  expect([1, 2, 3].map(() => admit(watch))).toEqual([true, true, false]);
});

test("routes share the stage's bucket", () => {
  const admit = createThrottle({ rateLimit: 1, burstLimit: 1 }, [watch, ping], new ManualClock());
  expect([admit(watch), admit(ping)]).toEqual([true, false]);
});

test("a route with a throttle of its own has a bucket of its own", () => {
  const own = createRoute("watch", { throttle: { rateLimit: 1, burstLimit: 2 } });
  const admit = createThrottle({ rateLimit: 1, burstLimit: 1 }, [own, ping], new ManualClock());
  expect([admit(ping), admit(own), admit(own), admit(own)]).toEqual([true, true, true, false]);
});

test("limits of 0, which is what settings without limits become, let nothing pass", () => {
  const admit = createThrottle({ rateLimit: 0, burstLimit: 0 }, [watch], new ManualClock());
  expect(admit(watch)).toBe(false);
});
