/*
 * From how many watchers on pages are worth it: a publish that posts to all of them itself, beside one that queues them by pages,
 * through the same local stack by turns. The setting `directWatchers` is the border. The door behind both only counts.
 */

import { startStack } from "#emulator/stack.ts";
import type { Ticker } from "#protocol/quote.ts";
import { publish } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { openDoor } from "#support/many-watchers.ts";
import { seedWatchers } from "#support/seed.ts";

const COUNTS = [250, 500, 1_000, 2_000, 4_000];
const RUNS = 5;
/** The most and the least that the setting takes. */
const MODES = { direct: "10000", pages: "1" } as const;

type Mode = keyof typeof MODES;

interface Times {
  readonly answeredMs: number;
  readonly allToldMs: number;
}

await using direct = await openFeed("direct");
await using pages = await openFeed("pages");

print("| watchers | | answered after ms | all told after ms |");
print("| --- | --- | --- | --- |");
for (const count of COUNTS) {
  process.stderr.write(`${count} watchers …\n`);
  const times = { direct: [] as Times[], pages: [] as Times[] };
  // The first of each only wakes the functions up.
  for (let run = 0; run <= RUNS; run++) {
    for (const feed of [direct, pages]) {
      const time = await feed.publish(count);
      if (run > 0) times[feed.mode].push(time);
    }
  }
  for (const mode of ["direct", "pages"] as const) {
    const answered = middle(times[mode].map(({ answeredMs }) => answeredMs));
    const allTold = middle(times[mode].map(({ allToldMs }) => allToldMs));
    print(`| ${count} | ${mode} | ${answered} | ${allTold} |`);
  }
}

interface Feed extends AsyncDisposable {
  readonly mode: Mode;
  publish(count: number): Promise<Times>;
}

/** A stack with a ticker for each of the counts, named after it. */
async function openFeed(mode: Mode): Promise<Feed> {
  await using opened = new AsyncDisposableStack();
  const told = new Set<string>();
  let onTold = () => {};
  const door = opened.use(
    await openDoor((connectionId) => {
      told.add(connectionId);
      onTold();
    }),
  );
  const environment = { CONNECTIONS_URL: door.url };
  const stack = opened.use(await startStack({ config: { directWatchers: MODES[mode] }, environment }));
  const graph = opened.use(openGraph(stack.graph));
  for (const count of COUNTS) await seedWatchers(graph.client, `T${count}` as Ticker, count);
  const resources = opened.move();
  return {
    mode,
    async publish(count) {
      told.clear();
      const allTold = Promise.withResolvers<number>();
      onTold = () => told.size === count && allTold.resolve(performance.now());
      const startedMs = performance.now();
      await publish(stack, `ticker=T${count}&price=2400`);
      const answeredMs = performance.now() - startedMs;
      return { answeredMs, allToldMs: (await allTold.promise) - startedMs };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The middle one, and the lowest and the highest behind it. */
function middle(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(0));
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]}–${sorted.at(-1)})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
