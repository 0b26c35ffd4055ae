import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { LambdaFunction } from "./lambda-function.ts";

export interface FunctionScheduleArgs {
  readonly description: string;
  readonly handler: LambdaFunction;
  /** Such as `rate(1 hour)`: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
  readonly expression: string;
}

/** An EventBridge Scheduler schedule that invokes a Lambda, with its own role. */
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
              // Schedules of other accounts cannot assume the role:
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
          // For rejected invocations. The default is 185 retries in 24 hours; the next run is sooner.
          retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 300 },
        },
      },
      { ...parent, dependsOn: [policy] },
    );
    this.registerOutputs({});
  }
}
