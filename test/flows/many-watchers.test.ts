import { expect, test } from "vitest";
import { publishToMany } from "#support/many-watchers.ts";

/*
 * 10,000 watchers of one ticker, through SQS's stand-in and notify. `npm run bench:scale` does the same with 100,000, and
 * compares the memory. Does not prove how fast AWS is.
 */
test("a price reaches 10,000 watchers by pages, though notify is killed in the middle of some", async () => {
  let kills = 0;
  const { answer, told, again } = await publishToMany(10_000, {
    onPost(posts, kill) {
      if (posts !== 1_250) return;
      kills += 1;
      kill("notify");
    },
  });
  expect(answer).toEqual({ status: 200, body: { quotes: 1, watchers: 10_000, queued: 10_000 } });
  expect(told).toBe(10_000);
  // Whoever was told of a page that was lost is told again, and of no other.
  expect(kills).toBe(1);
  expect(again).toBeGreaterThan(0);
  expect(again).toBeLessThanOrEqual(4 * 500);
});
