/* The times and events of scheduled invocations. Does not prove those of EventBridge Scheduler. */
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

test("a scheduled function is invoked after each interval and not before", () => {
  const { clock, calls } = run([{ ...HOURLY, input: 1 }]);
  clock.advance(HOUR_MS - 1);
  expect(calls).toEqual([]);
  clock.advance(1);
  clock.advance(2.5 * HOUR_MS);
  expect(calls).toEqual([1, 2, 3].map((hours) => [HOURLY.functionArn, 1, hours]));
});

test("schedules with different intervals are independent, and an input can be null", () => {
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

test("a schedule without input sends the default event of EventBridge Scheduler", () => {
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

test("a failed scheduled invocation is reported, and the schedule continues", async () => {
  const { clock, calls, reports } = run([HOURLY], { outcome: "failed", message: "Task timed out" });
  clock.advance(HOUR_MS);
  await expect.poll(() => reports).toEqual(["hourly: Task timed out"]);
  clock.advance(HOUR_MS);
  expect(calls).toHaveLength(2);
});

test("no scheduled function is invoked after the schedules are disposed", () => {
  const { clock, calls, running } = run([HOURLY, HOURLY]);
  clock.advance(HOUR_MS);
  running[Symbol.dispose]();
  clock.advance(10 * HOUR_MS);
  expect(calls).toHaveLength(2);
});
