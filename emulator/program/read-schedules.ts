import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { describe, nested, ofType, optional, refuseOthers, text } from "./properties.ts";
import { type DeclaredFunction, findCallable } from "./read-functions.ts";

/** That EventBridge Scheduler calls a function again and again. */
export interface DeclaredSchedule {
  readonly logicalName: string;
  /** With the qualifier. */
  readonly functionArn: string;
  /** Of the role in which Scheduler calls it. */
  readonly roleArn: string;
  readonly intervalMs: number;
  /** The event, if the program gives one; else Scheduler makes its own. */
  readonly input: unknown;
}

const SCHEDULE = "aws:scheduler/schedule:Schedule";
const HERE = "emulator/program/read-schedules.ts";

const INPUTS = ["name", "description", "scheduleExpression", "flexibleTimeWindow", "target"];
/** `retryPolicy` is for a call that Lambda does not take in, and the Lambda of this machine takes in every one. */
const TARGET_INPUTS = ["arn", "roleArn", "input", "retryPolicy"];

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** What a timer of Node's can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The schedules of the program.
 * @throws {Error} for one that is not served here: anything but a `rate(…)` on time, for a function of the program.
 */
export function readSchedules(
  program: DeclaredProgram,
  functions: readonly DeclaredFunction[],
): readonly DeclaredSchedule[] {
  return ofType(program, SCHEDULE).map((schedule) => {
    refuseOthers(schedule, INPUTS, HERE);
    const window = nested(schedule, "flexibleTimeWindow");
    const mode = window && text(window, "mode");
    if (mode !== "OFF") {
      throw new Error(
        `Expected flexibleTimeWindow of ${describe(schedule)} to be OFF, got ${mode}. Serve others in ${HERE}.`,
      );
    }
    const target = nested(schedule, "target");
    if (!target) throw new Error(`Expected ${describe(schedule)} to have a target.`);
    refuseOthers(target, TARGET_INPUTS, HERE);
    const functionArn = text(target, "arn");
    if (!findCallable(functions, functionArn)) {
      throw new Error(
        `Expected arn of ${describe(target)} to be that of a function of this program or of its alias, got ${functionArn}.`,
      );
    }
    const intervalMs = readInterval(schedule);
    const roleArn = text(target, "roleArn");
    return { logicalName: schedule.name, functionArn, roleArn, intervalMs, input: readInput(target) };
  });
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based */
function readInterval(schedule: DeclaredResource): number {
  const expression = text(schedule, "scheduleExpression");
  const [, count, unit = ""] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const intervalMs = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (intervalMs <= LONGEST_MS) return intervalMs;
  throw new Error(
    `Expected scheduleExpression of ${describe(schedule)} to be rate(N minutes), hours or days, at most 24 days, got ${expression}. Serve others in ${HERE}.`,
  );
}

function readInput(target: DeclaredResource): unknown {
  if (optional(target, "input") === undefined) return undefined;
  const input = text(target, "input");
  try {
    return JSON.parse(input);
  } catch {
    throw new Error(`Expected input of ${describe(target)} to be JSON, got ${input}.`);
  }
}
