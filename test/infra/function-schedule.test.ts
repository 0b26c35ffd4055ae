/** A schedule as FunctionSchedule declares it. Does not prove that EventBridge Scheduler calls on time, nor that it may take on the role. */
import { beforeAll, expect, test } from "vitest";
import { FunctionSchedule } from "../../infra/function-schedule.ts";
import { declare, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const ALIAS_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:function-tidy:next";

let program: Program;
beforeAll(async () => {
  program = await declare(() => {
    const handler = smallFunction("tidy");
    new FunctionSchedule("daily", { description: "Tidies up", handler, expression: "rate(1 day)" });
  });
});

test("it calls the alias on time, and soon gives up a call that is not taken in", () => {
  const schedule = program.get("aws:scheduler/schedule:Schedule", "daily");
  expect(schedule.inputs).toEqual({
    description: "Tidies up",
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

test("its role is the scheduler's of this account, and may call that alias and nothing else", () => {
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
