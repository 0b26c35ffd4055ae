import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { describe, nested, optional, rejectUnsupported, resourcesOfType, text } from "./properties.ts";
import { type DeclaredFunction, findCallable } from "./read-functions.ts";

/** An EventBridge Scheduler schedule that invokes a function at a fixed rate. */
export interface DeclaredSchedule {
  readonly logicalName: string;
  /** Qualified. */
  readonly functionArn: string;
  /** The execution role of the schedule. */
  readonly roleArn: string;
  readonly intervalMs: number;
  /** The event; `undefined` for the default event of Scheduler. */
  readonly input: unknown;
}

const SCHEDULE = "aws:scheduler/schedule:Schedule";
const THIS_FILE = "emulator/program/read-schedules.ts";

const INPUTS = ["name", "description", "scheduleExpression", "flexibleTimeWindow", "target"];
/** `retryPolicy` has no effect: it applies to invocations that Lambda rejects, and the local Lambda rejects none. */
const TARGET_INPUTS = ["arn", "roleArn", "input", "retryPolicy"];

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The maximum delay of setTimeout. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * The schedules of the program.
 * @throws {Error} for a schedule that is not a `rate(…)` without a flexible window, or whose target is not a function of the program.
 */
export function readSchedules(
  program: DeclaredProgram,
  functions: readonly DeclaredFunction[],
): readonly DeclaredSchedule[] {
  return resourcesOfType(program, SCHEDULE).map((schedule) => {
    rejectUnsupported(schedule, INPUTS, THIS_FILE);
    const window = nested(schedule, "flexibleTimeWindow");
    const mode = window && text(window, "mode");
    if (mode !== "OFF") {
      throw new Error(
        `Expected mode of ${describe(schedule)}.flexibleTimeWindow to be OFF, got ${mode}. Serve others ` +
          `in ${THIS_FILE}.`,
      );
    }
    const target = nested(schedule, "target");
    if (!target) throw new Error(`Expected target of ${describe(schedule)}, got none.`);
    rejectUnsupported(target, TARGET_INPUTS, THIS_FILE);
    const functionArn = text(target, "arn");
    if (!findCallable(functions, functionArn)) {
      throw new Error(
        `Expected arn of ${describe(target)} to be the ARN of a function of this program or of its ` +
          `alias, got ${functionArn}.`,
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
  if (intervalMs <= MAX_DELAY_MS) return intervalMs;
  throw new Error(
    `Expected scheduleExpression of ${describe(schedule)} to be rate(N minutes|hours|days) of at most 24 ` +
      `days, got ${expression}. Serve others in ${THIS_FILE}.`,
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
