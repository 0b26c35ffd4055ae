import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { bundleFunction } from "./bundle.ts";

/** Callers use this alias; it points at the latest published version. */
const ALIAS = "next";

export interface LambdaFunctionArgs {
  readonly description: string;
  /** The path of the module that exports `handler`, relative to the project root. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** Permissions in addition to logging and, in a VPC, to network interfaces. */
  readonly statements: readonly aws.iam.PolicyStatement[];
  /** Required to reach the graph. Without it the function runs outside any VPC, with internet access. */
  readonly vpc?: {
    readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
    readonly securityGroupId: pulumi.Input<string>;
  };
  readonly timeoutSeconds: number;
  /** CPU is proportional: 1,769 MB is one vCPU. */
  readonly memoryMb: number;
  /** Reserved concurrency; 0 reserves none. */
  readonly concurrency: number;
  readonly logRetentionDays: number;
}

/** A Lambda function with its role, log group and alias. */
export class LambdaFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  /** The alias name, which invoke permissions must specify. */
  readonly qualifier: pulumi.Output<string>;
  /** The alias ARN for API Gateway integrations and authorizers. */
  readonly invokeArn: pulumi.Output<string>;
  /** The alias ARN for event source mappings and schedules. */
  readonly aliasArn: pulumi.Output<string>;

  constructor(name: string, args: LambdaFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:LambdaFunction", name, {}, opts);
    const parent = { parent: this };

    // Otherwise Lambda creates the log group, without a retention period, and again after a destroy.
    const logGroup = new aws.cloudwatch.LogGroup(
      name,
      {
        name: `/${pulumi.getProject()}/${pulumi.getStack()}/${name}`,
        retentionInDays: args.logRetentionDays,
      },
      parent,
    );
    const role = new aws.iam.Role(
      name,
      {
        assumeRolePolicy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
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
          Statement: [
            writeLogs(logGroup.arn),
            ...(args.vpc ? [MANAGE_NETWORK_INTERFACES] : []),
            ...args.statements,
          ],
        }),
      },
      parent,
    );

    const fn = new aws.lambda.Function(
      name,
      {
        description: args.description,
        role: role.arn,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        code: bundleFunction(args.entry),
        handler: "index.handler",
        timeout: args.timeoutSeconds,
        memorySize: args.memoryMb,
        ...(args.concurrency > 0 && { reservedConcurrentExecutions: args.concurrency }),
        environment: {
          variables: {
            ...args.environment,
            NODE_OPTIONS: "--enable-source-maps",
            POWERTOOLS_SERVICE_NAME: name,
          },
        },
        loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
        ...(args.vpc && {
          vpcConfig: {
            subnetIds: args.vpc.subnetIds,
            securityGroupIds: [args.vpc.securityGroupId],
            ipv6AllowedForDualStack: true,
          },
        }),
        publish: true,
      },
      // On creation, Lambda verifies that the role may create network interfaces.
      { ...parent, dependsOn: [policy] },
    );
    const alias = new aws.lambda.Alias(
      name,
      { name: ALIAS, functionName: fn.name, functionVersion: fn.version },
      parent,
    );

    this.functionName = fn.name;
    this.qualifier = alias.name;
    this.invokeArn = alias.invokeArn;
    this.aliasArn = alias.arn;
    this.registerOutputs({
      functionName: this.functionName,
      qualifier: this.qualifier,
      invokeArn: this.invokeArn,
      aliasArn: this.aliasArn,
    });
  }
}

const writeLogs = (logGroupArn: pulumi.Input<string>): aws.iam.PolicyStatement => ({
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: pulumi.interpolate`${logGroupArn}:*`,
});

/**
 * Permissions to attach a function to a VPC. On `*`: the interfaces do not exist yet, and EC2 Describe
 * actions have no resource-level permissions.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const MANAGE_NETWORK_INTERFACES: aws.iam.PolicyStatement = {
  Effect: "Allow",
  Action: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  Resource: "*",
};
