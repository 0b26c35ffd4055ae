/**
 * The resources of LambdaFunction, with a small bundle; test/infra/stack.test.ts has the real ones. Does not
 * prove that Lambda accepts them or attaches the function to the VPC.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { declare, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const FUNCTION = "aws:lambda/function:Function";

describe("function in a VPC", () => {
  let program: Program;
  beforeAll(async () => {
    program = await declare(() => {
      const { functionName, qualifier, invokeArn, aliasArn } = smallFunction("worker", {
        environment: { GRAPH_URL: "wss://graph.example" },
        statements: [{ Effect: "Allow", Action: "example:Read", Resource: "arn:aws:example:::one" }],
        timeoutSeconds: 17,
        memoryMb: 640,
        concurrency: 40,
        logRetentionDays: 30,
      });
      return { functionName, qualifier, invokeArn, aliasArn };
    });
  });

  test("a function runs on arm64 and Node 24, allows IPv6 in its subnets, and publishes versions", () => {
    const { code, ...inputs } = program.inputs(FUNCTION, "worker");
    expect(inputs).toEqual({
      description: "Answers",
      role: "arn:aws:iam::111122223333:role/role-worker",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      timeout: 17,
      memorySize: 640,
      reservedConcurrentExecutions: 40,
      environment: {
        variables: {
          GRAPH_URL: "wss://graph.example",
          NODE_OPTIONS: "--enable-source-maps",
          POWERTOOLS_SERVICE_NAME: "worker",
        },
      },
      loggingConfig: { logFormat: "JSON", logGroup: "/ticker-watch/test/worker" },
      vpcConfig: {
        subnetIds: ["subnet-1", "subnet-2"],
        securityGroupIds: ["sg-lambda"],
        ipv6AllowedForDualStack: true,
      },
      publish: true,
    });
    expect(Object.keys(code as object).sort()).toEqual(["index.mjs", "index.mjs.map"]);
  });

  test("the alias next points at the published version and provides the ARNs", () => {
    expect(program.inputsByName("aws:lambda/alias:Alias")).toEqual({
      worker: { name: "next", functionName: "function-worker", functionVersion: "7" },
    });
    expect(program.outputs).toEqual({
      functionName: "function-worker",
      qualifier: "next",
      invokeArn: "invoke:function-worker:next",
      aliasArn: "arn:aws:lambda:eu-west-1:111122223333:function:function-worker:next",
    });
  });

  test("each function has its own log group with the configured retention", () => {
    expect(program.inputsByName("aws:cloudwatch/logGroup:LogGroup")).toEqual({
      worker: { name: "/ticker-watch/test/worker", retentionInDays: 30 },
    });
  });

  test("each function has its own role, which only Lambda can assume", () => {
    const { assumeRolePolicy, ...others } = program.inputs("aws:iam/role:Role", "worker");
    expect(others).toEqual({});
    expect(JSON.parse(String(assumeRolePolicy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    });
  });

  test("the policy allows logging, the VPC attachment and the given statements", () => {
    const { policy, role } = program.inputs("aws:iam/rolePolicy:RolePolicy", "worker");
    expect(role).toBe("role-worker");
    expect(JSON.parse(String(policy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "arn:aws:logs:eu-west-1:111122223333:log-group:/ticker-watch/test/worker:*",
        },
        {
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
        },
        { Effect: "Allow", Action: "example:Read", Resource: "arn:aws:example:::one" },
      ],
    });
  });

  test("the function depends on its policy, which Lambda verifies on creation", () => {
    expect(program.get(FUNCTION, "worker").dependsOn).toEqual(["aws:iam/rolePolicy:RolePolicy::worker"]);
  });
});

test("concurrency 0 reserves no concurrency", async () => {
  const program = await declare(() => {
    smallFunction("worker", { concurrency: 0 });
  });
  expect(program.inputs(FUNCTION, "worker")).not.toHaveProperty("reservedConcurrentExecutions");
});
