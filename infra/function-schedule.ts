import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { LambdaFunction } from "./lambda-function.ts";

export interface FunctionScheduleArgs {
  readonly description: string;
  readonly handler: LambdaFunction;
  /** `rate(1 hour)` and the like: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
  readonly expression: string;
}

/** Calls a Lambda again and again, by EventBridge Scheduler and in a role of its own. */
export class FunctionSchedule extends pulumi.ComponentResource {
  constructor(
    name: string,
    { description, handler, expression }: FunctionScheduleArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ticker-watch:infra:FunctionSchedule", name, {}, opts);
    const parent = { parent: this };

    const role = new aws.iam.Role(
      name,
      {
        assumeRolePolicy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "scheduler.amazonaws.com" },
              Action: "sts:AssumeRole",
              // Not for the schedules of others:
              // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
              Condition: {
                StringEquals: {
                  "aws:SourceAccount": handler.aliasArn.apply((arn) => parseArn(arn).account),
                },
              },
            },
          ],
        }),
      },
      parent,
    );
    const policy = new aws.iam.RolePolicy(
      name,
      {
        role: role.id,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: handler.aliasArn }],
        }),
      },
      parent,
    );
    new aws.scheduler.Schedule(
      name,
      {
        description,
        scheduleExpression: expression,
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: handler.aliasArn,
          roleArn: role.arn,
          // For a call that Lambda did not take in. Left out it is 185 times in a day, while the next one comes anyway.
          retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 300 },
        },
      },
      { ...parent, dependsOn: [policy] },
    );
    this.registerOutputs({});
  }
}
