/* How schedules are read from a program. Does not prove that EventBridge Scheduler accepts the same ones. */
import { expect, test } from "vitest";
import { readSchedules } from "#emulator/program/read-schedules.ts";
import { declareFunction, FUNCTION_ARN } from "../declare-function.ts";
import { program } from "./declared.ts";

const SCHEDULE = "aws:scheduler/schedule:Schedule";
const TARGET = { arn: `${FUNCTION_ARN}:next`, roleArn: "arn:role", retryPolicy: { maximumRetryAttempts: 2 } };

const read = (properties: Readonly<Record<string, unknown>>) =>
  readSchedules(
    program([
      SCHEDULE,
      "s",
      "s1",
      {
        description: "Sweeps",
        scheduleExpression: "rate(1 hour)",
        flexibleTimeWindow: { mode: "OFF" },
        target: TARGET,
        ...properties,
      },
    ]),
    [declareFunction()],
  );

test.each([
  ["rate(1 minute)", 60_000],
  ["rate(15 minutes)", 900_000],
  ["rate(1 hour)", 3_600_000],
  ["rate(2 days)", 172_800_000],
])("readSchedules reads %s as an interval of %i ms", (scheduleExpression, intervalMs) => {
  const functionArn = TARGET.arn;
  expect(read({ scheduleExpression })).toEqual([
    { logicalName: "s", functionArn, roleArn: TARGET.roleArn, intervalMs, input: undefined },
  ]);
});

test("readSchedules parses the input of a target as JSON", () => {
  expect(read({ target: { ...TARGET, input: '{"dry":[true]}' } })[0]?.input).toEqual({ dry: [true] });
});

const THIS_FILE = "emulator/program/read-schedules.ts";

test.each<[Readonly<Record<string, unknown>>, string]>([
  ...["rate(0 hours)", "rate(25 days)", "rate(1 week)", "cron(0 * * * ? *)"].map(
    (scheduleExpression) =>
      [
        { scheduleExpression },
        `Expected scheduleExpression of ${SCHEDULE} s to be rate(N minutes|hours|days) of at most 24 days, got ${scheduleExpression}. Serve others in ${THIS_FILE}.`,
      ] satisfies [object, string],
  ),
  [
    { flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 5 } },
    `Expected mode of ${SCHEDULE} s.flexibleTimeWindow to be OFF, got FLEXIBLE. Serve others in ${THIS_FILE}.`,
  ],
  [
    { state: "DISABLED", startDate: "2030-01-01T01:00:00Z" },
    `The local stack does not serve state, startDate of ${SCHEDULE} s. Serve it in ${THIS_FILE}.`,
  ],
  [
    { target: { ...TARGET, deadLetterConfig: {} } },
    `The local stack does not serve deadLetterConfig of ${SCHEDULE} s.target. Serve it in ${THIS_FILE}.`,
  ],
  [
    { target: { ...TARGET, arn: "arn:elsewhere" } },
    `Expected arn of ${SCHEDULE} s.target to be the ARN of a function of this program or of its alias, got arn:elsewhere.`,
  ],
  [{ target: { ...TARGET, input: "now" } }, `Expected input of ${SCHEDULE} s.target to be JSON, got now.`],
  [{ target: undefined }, `Expected target of ${SCHEDULE} s, got none.`],
])("readSchedules throws for %j", (properties, message) => {
  expect(() => read(properties)).toThrow(new Error(message));
});
