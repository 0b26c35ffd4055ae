import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { bundleFunction } from "./bundle.ts";

/** The alias that everybody calls. It moves on to each new version, so a call never meets a half-updated function. */
const ALIAS = "next";

export interface LambdaFunctionArgs {
  readonly description: string;
  /** The module that exports `handler`, from the project's root. */
  readonly entry: string;
  /** All that the handler reads of its environment. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** What the handler may do, besides writing its own log. */
  readonly statements: readonly aws.iam.PolicyStatement[];
  /** Where it runs, to reach the graph; without it outside of every VPC, with all the internet in reach. */
  readonly vpc?: {
    readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
    readonly securityGroupId: pulumi.Input<string>;
  };
  readonly timeoutSeconds: number;
  /** CPU comes in proportion: 1,769 MB is one whole. */
  readonly memoryMb: number;
  /** The most that run at once; 0 sets no limit of its own. */
  readonly concurrency: number;
  readonly logRetentionDays: number;
}

/** A Lambda, with a role, a log group and an alias of its own. */
export class LambdaFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  /** The alias: callers need a permission for exactly this qualifier. */
  readonly qualifier: pulumi.Output<string>;
  /** What an API's integration calls: the alias. */
  readonly invokeArn: pulumi.Output<string>;
  /** What an event source mapping or a schedule calls: the alias. */
  readonly aliasArn: pulumi.Output<string>;

  constructor(name: string, args: LambdaFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:LambdaFunction", name, {}, opts);
    const parent = { parent: this };

    // Made here and not by Lambda, which would keep its logs for ever and make the group again after a destroy.
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
      // Lambda checks, when it makes the function, that its role may make network interfaces.
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
 * What Lambda needs to put a function into a VPC. On `*`, because the interfaces have no names yet, and the Describe
 * actions know no resources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
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
