import { randomUUID } from "node:crypto";
import type { InvocationResult } from "../apigateway/model.ts";
import type { Clock } from "../clock.ts";
import type { DeclaredSchedule } from "../program/read-schedules.ts";

export interface ScheduleOptions {
  readonly clock: Clock;
  /** Invokes the function of a schedule with the execution role of the schedule. */
  readonly invoke: (schedule: DeclaredSchedule, event: unknown) => Promise<InvocationResult>;
  /** Logs one line for each failed invocation. */
  readonly report: (line: string) => void;
}

/**
 * Invokes each function after every interval, like EventBridge Scheduler with a rate. Unlike Scheduler, it
 * does not invoke immediately, because every schedule is new at each start, and it does not retry.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
 * @returns a handle that cancels all schedules.
 */
export function runSchedules(schedules: readonly DeclaredSchedule[], options: ScheduleOptions): Disposable {
  const cancels = schedules.map((schedule) => repeat(schedule, options));
  return {
    [Symbol.dispose]() {
      for (const cancel of cancels) cancel();
    },
  };
}

/** @returns a function that cancels the schedule. */
function repeat(schedule: DeclaredSchedule, options: ScheduleOptions): () => void {
  let cancelTimer = () => {};
  const startTimer = () => {
    cancelTimer = options.clock.after(schedule.intervalMs, () => {
      startTimer();
      void call(schedule, options);
    });
  };
  startTimer();
  return () => cancelTimer();
}

async function call(schedule: DeclaredSchedule, { clock, invoke, report }: ScheduleOptions): Promise<void> {
  const { logicalName, input } = schedule;
  const result = await invoke(schedule, input === undefined ? createEvent(schedule, clock.now()) : input);
  if (result.outcome !== "returned") report(`${logicalName}: ${result.message}`);
}

/** The event for a schedule without input. Undocumented; observed on AWS, including the string `detail`. */
function createEvent({ functionArn, logicalName }: DeclaredSchedule, nowMs: number): object {
  const [, partition, , region, account] = functionArn.split(":");
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account,
    time: new Date(nowMs).toISOString().replace(/\.\d+/, ""),
    region,
    resources: [`arn:${partition}:scheduler:${region}:${account}:schedule/default/${logicalName}`],
    detail: "{}",
  };
}
