/*
 * Measures the cost of users and baskets for the watcher read of a publish when no watcher uses them:
 * compares it with an unsorted read of the `watching` edges only, on a local Gremlin Server.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import gremlin from "gremlin";
import { startGremlinServer } from "#emulator/neptune/gremlin-server.ts";
import type { GraphClient } from "#lambdas/graph/driver/graph-client.ts";
import { tickerVertexId } from "#lambdas/graph/queries/graph-ids.ts";
import * as traversals from "#lambdas/graph/queries/traversals.ts";
import type { Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { seedWatchers } from "#support/seed.ts";

const COUNTS = [10, 1_000, 10_000, 100_000];
const RUNS = 15;

const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());
const edgesOnly = (ticker: Ticker) => g.V(tickerVertexId(ticker)).inE("watching").id();

const directory = await mkdtemp(join(tmpdir(), "ticker-watch-bench-"));
await using server = await startGremlinServer({ directory, heapMb: 1_536 });
await using graph = openGraph(server);

print("| watchers | read | first ms | all ms |");
print("| --- | --- | --- | --- |");
for (const count of COUNTS) {
  process.stderr.write(`${count} watchers …\n`);
  const ticker = `T${count}` as Ticker;
  await seedWatchers(graph.client, ticker, count);
  const reads = {
    "watching edges only": () => readAll(graph.client, edgesOnly(ticker)),
    "with users and baskets": () => readAll(graph.client, traversals.watchersOf([ticker])),
    "gathered by connection": () => gather(ticker),
  };
  const times = new Map<string, Times[]>();
  // Alternating, so that other load on this machine affects all reads equally.
  for (let run = 0; run < RUNS; run++) {
    for (const [name, read] of Object.entries(reads))
      times.set(name, [...(times.get(name) ?? []), await read()]);
  }
  for (const [name, all] of times) {
    const median = (pick: (times: Times) => number) =>
      (all.map(pick).sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0).toFixed(1);
    print(`| ${count} | ${name} | ${median(({ firstMs }) => firstMs)} | ${median(({ allMs }) => allMs)} |`);
  }
}
await rm(directory, { recursive: true });

interface Times {
  readonly firstMs: number;
  readonly allMs: number;
}

async function readAll(client: GraphClient, traversal: traversals.Traversal): Promise<Times> {
  return await measure(client.stream(traversal));
}

async function gather(ticker: Ticker): Promise<Times> {
  return await measure(graph.subscriptions.watchersOf([ticker]));
}

async function measure(stream: AsyncIterable<readonly unknown[]>): Promise<Times> {
  const startedMs = performance.now();
  let firstMs: number | undefined;
  for await (const _batch of stream) firstMs ??= performance.now() - startedMs;
  return { firstMs: firstMs ?? 0, allMs: performance.now() - startedMs };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
