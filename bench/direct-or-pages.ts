/*
 * Compares direct posts with queued recipient batches by number of watchers, to choose the default of
 * `directWatchers`. Two local stacks run alternately; a post counter replaces `@connections`.
 */
import { startStack } from "#emulator/stack.ts";
import type { Ticker } from "#protocol/quote.ts";
import { publish } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { openPostCounter } from "#support/many-watchers.ts";
import { seedWatchers } from "#support/seed.ts";

const COUNTS = [250, 500, 1_000, 2_000, 4_000];
const RUNS = 5;
/** `directWatchers`: its maximum and its minimum. */
const MODES = { direct: "10000", pages: "1" } as const;

type Mode = keyof typeof MODES;

interface Times {
  readonly answeredMs: number;
  readonly lastDeliveryMs: number;
}

await using direct = await openFeed("direct");
await using pages = await openFeed("pages");

print("| watchers | | response after ms | last delivery after ms |");
print("| --- | --- | --- | --- |");
for (const count of COUNTS) {
  process.stderr.write(`${count} watchers …\n`);
  const times = { direct: [] as Times[], pages: [] as Times[] };
  // Warm-up: the first run only starts the Lambda processes.
  for (let run = 0; run <= RUNS; run++) {
    for (const feed of [direct, pages]) {
      const time = await feed.publish(count);
      if (run > 0) times[feed.mode].push(time);
    }
  }
  for (const mode of ["direct", "pages"] as const) {
    const answered = spread(times[mode].map(({ answeredMs }) => answeredMs));
    const lastDelivery = spread(times[mode].map(({ lastDeliveryMs }) => lastDeliveryMs));
    print(`| ${count} | ${mode} | ${answered} | ${lastDelivery} |`);
  }
}

interface Feed extends AsyncDisposable {
  readonly mode: Mode;
  publish(count: number): Promise<Times>;
}

/** Starts a stack with one ticker per count: `T250` has 250 watchers. */
async function openFeed(mode: Mode): Promise<Feed> {
  await using opened = new AsyncDisposableStack();
  const reached = new Set<string>();
  let onPost = () => {};
  const counter = opened.use(
    await openPostCounter((connectionId) => {
      reached.add(connectionId);
      onPost();
    }),
  );
  const environment = { CONNECTIONS_URL: counter.url };
  const stack = opened.use(await startStack({ config: { directWatchers: MODES[mode] }, environment }));
  const graph = opened.use(openGraph(stack.graph));
  for (const count of COUNTS) await seedWatchers(graph.client, `T${count}` as Ticker, count);
  const resources = opened.move();
  return {
    mode,
    async publish(count) {
      reached.clear();
      const lastDelivery = Promise.withResolvers<number>();
      onPost = () => reached.size === count && lastDelivery.resolve(performance.now());
      const startedMs = performance.now();
      await publish(stack, `ticker=T${count}&price=2400`);
      const answeredMs = performance.now() - startedMs;
      return { answeredMs, lastDeliveryMs: (await lastDelivery.promise) - startedMs };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Formats the median and the range: `12 (11–14)`. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(0));
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]}–${sorted.at(-1)})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
