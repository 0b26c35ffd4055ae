import { expect, test } from "vitest";
import { publishToMany } from "#support/many-watchers.ts";

/*
 * 10,000 watchers of one ticker through ElasticMQ and `notify`; `npm run bench:scale` uses 100,000 and
 * measures memory. Does not prove the speed of AWS.
 */
test("a queued price reaches 10,000 watchers although notify is killed between posts", async () => {
  let kills = 0;
  const { answer, reached, duplicates } = await publishToMany(10_000, {
    onPost(posts, kill) {
      if (posts !== 1_250) return;
      kills += 1;
      kill("notify");
    },
  });
  expect(answer).toEqual({ status: 200, body: { quotes: 1, watchers: 10_000, queued: 10_000 } });
  expect(reached).toBe(10_000);
  // Only the recipients of the lost batches receive a duplicate.
  expect(kills).toBe(1);
  expect(duplicates).toBeGreaterThan(0);
  expect(duplicates).toBeLessThanOrEqual(4 * 500);
});
