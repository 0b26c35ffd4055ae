/**
 * A Lambda as LambdaFunction declares it, with a small bundle; test/infra/stack.test.ts has the real ones. Does not prove that
 * Lambda accepts it, nor that its network interfaces come up.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { declare, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const FUNCTION = "aws:lambda/function:Function";

describe("a function", () => {
  let program: Program;
  beforeAll(async () => {
    program = await declare(() => {
      const { functionName, qualifier, invokeArn, aliasArn } = smallFunction("ask", {
        environment: { GRAPH_URL: "wss://graph.example" },
        statements: [{ Effect: "Allow", Action: "example:Ask", Resource: "arn:aws:example:::one" }],
        timeoutSeconds: 17,
        memoryMb: 640,
        concurrency: 40,
        logRetentionDays: 30,
      });
      return { functionName, qualifier, invokeArn, aliasArn };
    });
  });

  test("runs on arm64 and Node 24, reaches IPv6 from its subnets, and publishes its versions", () => {
    const { code, ...inputs } = program.inputs(FUNCTION, "ask");
    expect(inputs).toEqual({
      description: "Answers",
      role: "arn:aws:iam::111122223333:role/role-ask",
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
          POWERTOOLS_SERVICE_NAME: "ask",
        },
      },
      loggingConfig: { logFormat: "JSON", logGroup: "/ticker-watch/test/ask" },
      vpcConfig: {
        subnetIds: ["subnet-1", "subnet-2"],
        securityGroupIds: ["sg-lambda"],
        ipv6AllowedForDualStack: true,
      },
      publish: true,
    });
    expect(Object.keys(code as object).sort()).toEqual(["index.mjs", "index.mjs.map"]);
  });

  test("is called through the alias next, which stands on the published version", () => {
    expect(program.inputsByName("aws:lambda/alias:Alias")).toEqual({
      ask: { name: "next", functionName: "function-ask", functionVersion: "7" },
    });
    expect(program.outputs).toEqual({
      functionName: "function-ask",
      qualifier: "next",
      invokeArn: "invoke:function-ask:next",
      aliasArn: "arn:aws:lambda:eu-west-1:111122223333:function:function-ask:next",
    });
  });

  test("logs to a group of its own that forgets", () => {
    expect(program.inputsByName("aws:cloudwatch/logGroup:LogGroup")).toEqual({
      ask: { name: "/ticker-watch/test/ask", retentionInDays: 30 },
    });
  });

  test("has a role of its own, which Lambda alone takes on", () => {
    const { assumeRolePolicy, ...others } = program.inputs("aws:iam/role:Role", "ask");
    expect(others).toEqual({});
    expect(JSON.parse(String(assumeRolePolicy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    });
  });

  test("may write its own log, be put into the VPC, and do what it was given", () => {
    const { policy, role } = program.inputs("aws:iam/rolePolicy:RolePolicy", "ask");
    expect(role).toBe("role-ask");
    expect(JSON.parse(String(policy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "arn:aws:logs:eu-west-1:111122223333:log-group:/ticker-watch/test/ask:*",
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
        { Effect: "Allow", Action: "example:Ask", Resource: "arn:aws:example:::one" },
      ],
    });
  });

  test("is made after the policy, without which Lambda refuses it", () => {
    expect(program.get(FUNCTION, "ask").dependsOn).toEqual(["aws:iam/rolePolicy:RolePolicy::ask"]);
  });
});

test("a concurrency of 0 reserves none", async () => {
  const program = await declare(() => {
    smallFunction("ask", { concurrency: 0 });
  });
  expect(program.inputs(FUNCTION, "ask")).not.toHaveProperty("reservedConcurrentExecutions");
});
