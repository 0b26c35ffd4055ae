import { expect, test } from "vitest";
import { describeLoad, LoadFigures } from "#operator/load-figures.ts";

test("computes the rate from published quotes and the percentiles from successful posts", () => {
  const figures = new LoadFigures();
  for (let ms = 1; ms <= 100; ms += 1) figures.recordPublished(10, ms);
  figures.recordFailure();
  const summary = figures.summarize(5_000);
  expect(summary).toEqual({
    seconds: 5,
    quotes: 1_000,
    posts: 101,
    failures: 1,
    quotesPerSecond: 200,
    p50Ms: 50,
    p99Ms: 99,
  });
  expect(describeLoad(summary)).toBe("5 s  200 quotes/s  1 failed  p50 50 ms  p99 99 ms");
});

test("has no latency without a successful post", () => {
  expect(describeLoad(new LoadFigures().summarize(0))).toBe("0 s  0 quotes/s  0 failed  p50 –  p99 –");
});
