/** The resources of FunctionSchedule. Does not prove that EventBridge Scheduler invokes the function. */
import { beforeAll, expect, test } from "vitest";
import { FunctionSchedule } from "#infra/function-schedule.ts";
import { declare, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const ALIAS_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:function-cleanup:next";

let program: Program;
beforeAll(async () => {
  program = await declare(() => {
    const handler = smallFunction("cleanup");
    new FunctionSchedule("daily", { description: "Daily cleanup", handler, expression: "rate(1 day)" });
  });
});

test("FunctionSchedule invokes the alias and limits retries to 2 within 5 minutes", () => {
  const schedule = program.get("aws:scheduler/schedule:Schedule", "daily");
  expect(schedule.inputs).toEqual({
    description: "Daily cleanup",
    scheduleExpression: "rate(1 day)",
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: ALIAS_ARN,
      roleArn: "arn:aws:iam::111122223333:role/role-daily",
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 300 },
    },
  });
  expect(schedule.dependsOn).toEqual(["aws:iam/rolePolicy:RolePolicy::daily"]);
});

test("the FunctionSchedule role is for the scheduler of this account and allows invoking only the alias", () => {
  const { assumeRolePolicy } = program.inputs("aws:iam/role:Role", "daily");
  expect(JSON.parse(String(assumeRolePolicy))).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "scheduler.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
      },
    ],
  });
  const { role, policy } = program.inputs("aws:iam/rolePolicy:RolePolicy", "daily");
  expect(role).toBe("role-daily");
  expect(JSON.parse(String(policy))).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: ALIAS_ARN }],
  });
});
