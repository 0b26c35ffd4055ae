/* When functions are called by schedules. Does not prove when EventBridge Scheduler calls them. */
import { expect, test } from "vitest";
import type { InvocationResult } from "#emulator/apigateway/model.ts";
import { ManualClock } from "#emulator/clock.ts";
import type { DeclaredSchedule } from "#emulator/program/read-schedules.ts";
import { runSchedules } from "#emulator/scheduler/run-schedules.ts";
import { FUNCTION_ARN } from "../declare-function.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 21, 14, 2, 11, 500);
const HOURLY: DeclaredSchedule = {
  logicalName: "hourly",
  functionArn: `${FUNCTION_ARN}:next`,
  roleArn: "arn:aws:iam::123456789012:role/hourly",
  intervalMs: HOUR_MS,
  input: undefined,
};

function run(
  schedules: readonly DeclaredSchedule[],
  result: InvocationResult = { outcome: "returned", payload: null },
) {
  const clock = new ManualClock(START_MS);
  const calls: (readonly [functionArn: string, event: unknown, hours: number])[] = [];
  const reports: string[] = [];
  const running = runSchedules(schedules, {
    clock,
    report: (line) => reports.push(line),
    async invoke({ functionArn }, event) {
      calls.push([functionArn, event, (clock.now() - START_MS) / HOUR_MS]);
      return result;
    },
  });
  return { clock, calls, reports, running };
}

test("a function is called when each interval has passed, and not before", () => {
  const { clock, calls } = run([{ ...HOURLY, input: 1 }]);
  clock.advance(HOUR_MS - 1);
  expect(calls).toEqual([]);
  clock.advance(1);
  clock.advance(2.5 * HOUR_MS);
  expect(calls).toEqual([1, 2, 3].map((hours) => [HOURLY.functionArn, 1, hours]));
});

test("each schedule keeps its own time, and an input may be null", () => {
  const { clock, calls } = run([
    { ...HOURLY, input: "a" },
    { ...HOURLY, intervalMs: 2 * HOUR_MS, input: null },
  ]);
  clock.advance(3 * HOUR_MS);
  expect(calls.map(([, event, hours]) => [event, hours])).toEqual([
    ["a", 1],
    [null, 2],
    ["a", 2],
    ["a", 3],
  ]);
});

test("without an input the event is Scheduler's own", () => {
  const { clock, calls } = run([HOURLY]);
  clock.advance(HOUR_MS);
  expect(calls[0]?.[1]).toEqual({
    version: "0",
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: "123456789012",
    time: "2026-11-21T15:02:11Z",
    region: "us-east-1",
    resources: ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/hourly"],
    detail: "{}",
  });
});

test("a call that fails is told, and the next one comes", async () => {
  const { clock, calls, reports } = run([HOURLY], { outcome: "failed", message: "Task timed out" });
  clock.advance(HOUR_MS);
  await expect.poll(() => reports).toEqual(["hourly: Task timed out"]);
  clock.advance(HOUR_MS);
  expect(calls).toHaveLength(2);
});

test("nothing is called when they have been called off", () => {
  const { clock, calls, running } = run([HOURLY, HOURLY]);
  clock.advance(HOUR_MS);
  running[Symbol.dispose]();
  clock.advance(10 * HOUR_MS);
  expect(calls).toHaveLength(2);
});
