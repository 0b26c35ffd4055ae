import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "./lambda-function.ts";

/** Rate limit of an API stage (token bucket). */
export interface Throttle {
  /** Requests per second. */
  readonly rateLimit: number;
  /** Bucket size, in requests. */
  readonly burstLimit: number;
}

/**
 * Route settings with both limits: an omitted limit becomes 0, and the stage responds 429 to every request.
 * https://github.com/pulumi/pulumi-aws/issues/2363
 */
export function throttlingSettings({ rateLimit, burstLimit }: Throttle) {
  return { throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit };
}

/** Allows one API stage to invoke a function through its alias. `stageArn` is `{executionArn}/{stage}`. */
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
 * Allows one authorizer of an API to invoke a function through its alias.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html#http-api-lambda-authorizer.resource-policies
 * @param executionArn `arn:aws:execute-api:{region}:{account}:{api}`.
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

/** Access log settings for JSON lines with these `$context` fields, and the log group. */
export function accessLog(
  name: string,
  fields: readonly string[],
  retentionInDays: number,
  opts: pulumi.CustomResourceOptions,
): aws.types.input.apigatewayv2.StageAccessLogSettings {
  // The prefix /aws/vendedlogs/ avoids the size limit of the CloudWatch Logs resource policy:
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
