import { randomUUID } from "node:crypto";
import type { InvocationResult } from "../apigateway/model.ts";
import type { Clock } from "../clock.ts";
import type { DeclaredSchedule } from "../program/read-schedules.ts";

export interface ScheduleOptions {
  readonly clock: Clock;
  /** Calls the function of a schedule in the name of its role. */
  readonly invoke: (schedule: DeclaredSchedule, event: unknown) => Promise<InvocationResult>;
  /** Takes what went wrong with a call: one line. */
  readonly report: (line: string) => void;
}

/**
 * Calls each function when its interval has passed, and again after each further one, as EventBridge Scheduler does with a
 * rate. Unlike Scheduler it does not call at once when the schedule is new: here it is new at every start. And unlike
 * Lambda, which Scheduler calls with `Event`, it does not try again what failed: the next call comes.
 * @returns what calls all of them off.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
 */
export function runSchedules(schedules: readonly DeclaredSchedule[], options: ScheduleOptions): Disposable {
  const callsOff = schedules.map((schedule) => repeat(schedule, options));
  return {
    [Symbol.dispose]() {
      for (const callOff of callsOff) callOff();
    },
  };
}

/** @returns what calls off the next call, and with it all that would follow. */
function repeat(schedule: DeclaredSchedule, options: ScheduleOptions): () => void {
  let callOff = () => {};
  const arm = () => {
    callOff = options.clock.after(schedule.intervalMs, () => {
      arm();
      void call(schedule, options);
    });
  };
  arm();
  return () => callOff();
}

async function call(schedule: DeclaredSchedule, { clock, invoke, report }: ScheduleOptions): Promise<void> {
  const { logicalName, input } = schedule;
  const result = await invoke(schedule, input === undefined ? createEvent(schedule, clock.now()) : input);
  if (result.outcome !== "returned") report(`${logicalName}: ${result.message}`);
}

/** What Scheduler hands over for a schedule without input. AWS documents it nowhere: known from practice, as `detail`'s text is. */
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
