/*
 * Publishes one price to 10,000 and to 100,000 watchers, three times each, and tells how many were told, how long it took and
 * the most memory that the publish Lambda held. `notify` is killed in the middle of its pages once in each run.
 * Ends with 1 when somebody was not told.
 */
import { publishToMany } from "../test/flows/many-watchers.ts";

const COUNTS = [10_000, 100_000];
const RUNS = 3;

print("| watchers | told | told again | publish's peak MB | answered after s | all told after s |");
print("| --- | --- | --- | --- | --- | --- |");
for (const count of COUNTS) {
  for (let run = 1; run <= RUNS; run++) {
    process.stderr.write(`${count} watchers, run ${run} of ${RUNS} …\n`);
    const result = await publishToMany(count, {
      onPost: (posts, kill) => posts === Math.floor(count / 3) && kill("notify"),
    });
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    const { told, again, publishPeakMb, answeredMs, allToldMs } = result;
    print(
      `| ${count} | ${told} | ${again} | ${publishPeakMb} | ${seconds(answeredMs)} | ${seconds(allToldMs)} |`,
    );
    if (told !== count) process.exitCode = 1;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
