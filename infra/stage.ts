import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "./lambda-function.ts";

/** What both kinds of API need for their stage. */
export interface Throttle {
  /** Requests a second. */
  readonly rateLimit: number;
  /** Requests at once. */
  readonly burstLimit: number;
}

/**
 * Both limits, always: a stage with route settings that leave them out gets 0, and answers 429 to every call.
 * https://github.com/pulumi/pulumi-aws/issues/2363
 */
export function throttlingSettings({ rateLimit, burstLimit }: Throttle) {
  return { throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit };
}

/** Lets a stage, and nothing else, call a function by its alias. `stageArn` is `{executionArn}/{stage}`. */
export function allowInvoke(
  name: string,
  handler: LambdaFunction,
  stageArn: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.lambda.Permission(
    name,
    {
      action: "lambda:InvokeFunction",
      function: handler.functionName,
      qualifier: handler.qualifier,
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${stageArn}/*`,
    },
    opts,
  );
}

/**
 * Lets an API ask a function who may come in, by its alias.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html#http-api-lambda-authorizer.resource-policies
 * @param executionArn of the API: `arn:aws:execute-api:{region}:{account}:{api}`.
 */
export function allowAuthorizer(
  name: string,
  authorizer: LambdaFunction,
  executionArn: pulumi.Input<string>,
  authorizerId: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.lambda.Permission(
    `${name}-authorizer`,
    {
      action: "lambda:InvokeFunction",
      function: authorizer.functionName,
      qualifier: authorizer.qualifier,
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${executionArn}/authorizers/${authorizerId}`,
    },
    opts,
  );
}

/** An access log of JSON lines with these `$context` fields, in a log group of its own. */
export function accessLog(
  name: string,
  fields: readonly string[],
  retentionInDays: number,
  opts: pulumi.CustomResourceOptions,
): aws.types.input.apigatewayv2.StageAccessLogSettings {
  // Under /aws/vendedlogs/, because a policy that lists every other log group grows too large:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
  const group = new aws.cloudwatch.LogGroup(
    `${name}-access`,
    { name: `/aws/vendedlogs/apis/${pulumi.getProject()}/${pulumi.getStack()}/${name}`, retentionInDays },
    opts,
  );
  return {
    destinationArn: group.arn,
    format: JSON.stringify(Object.fromEntries(fields.map((field) => [field, `$context.${field}`]))),
  };
}
