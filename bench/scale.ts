/*
 * Publishes one price to 10,000 and 100,000 watchers, three times each, and kills `notify` once per run.
 * Prints deliveries, duration and the peak memory of the publish Lambda; the exit code is 1 if a watcher
 * received nothing.
 */
import { publishToMany } from "#support/many-watchers.ts";

const COUNTS = [10_000, 100_000];
const RUNS = 3;

print("| watchers | reached | duplicates | publish peak MB | response after s | last delivery after s |");
print("| --- | --- | --- | --- | --- | --- |");
for (const count of COUNTS) {
  for (let run = 1; run <= RUNS; run++) {
    process.stderr.write(`${count} watchers, run ${run} of ${RUNS} …\n`);
    const result = await publishToMany(count, {
      onPost: (posts, kill) => posts === Math.floor(count / 3) && kill("notify"),
    });
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    const { reached, duplicates, publishPeakMb, answeredMs, lastDeliveryMs } = result;
    const times = `${seconds(answeredMs)} | ${seconds(lastDeliveryMs)}`;
    print(`| ${count} | ${reached} | ${duplicates} | ${publishPeakMb} | ${times} |`);
    if (reached !== count) process.exitCode = 1;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
