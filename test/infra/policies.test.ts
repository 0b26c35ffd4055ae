/**
 * The IAM policies of the whole stack. Does not prove that they are sufficient on AWS, or that the queries
 * need all three kinds of data access on a real cluster.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { declareStack, type Program } from "./declare.ts";

interface Statement {
  readonly Effect: string;
  readonly Action?: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: unknown;
  readonly NotAction?: unknown;
  readonly NotResource?: unknown;
  readonly NotPrincipal?: unknown;
}

/** Actions allowed on `*`, each with the reason why AWS requires it. */
const ON_EVERYTHING: ReadonlyMap<string, string> = new Map([
  ["ec2:CreateNetworkInterface", "the interface does not exist yet"],
  ["ec2:DeleteNetworkInterface", "Lambda chooses the interface"],
  ["ec2:AssignPrivateIpAddresses", "as ec2:DeleteNetworkInterface"],
  ["ec2:UnassignPrivateIpAddresses", "as ec2:DeleteNetworkInterface"],
  ["ec2:DescribeNetworkInterfaces", "EC2 Describe actions have no resource-level permissions"],
  ["ec2:DescribeSubnets", "EC2 Describe actions have no resource-level permissions"],
]);

let program: Program;
beforeAll(async () => {
  program = await declareStack();
}, 30_000);

describe("function roles", () => {
  const writeLog = (name: string) => ({
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `arn:aws:logs:eu-west-1:111122223333:log-group:/ticker-watch/test/${name}:*`,
  });
  const attachToVpc = {
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
  const onGraph = (...kinds: string[]) => ({
    Effect: "Allow",
    Action: kinds.map((kind) => `neptune-db:${kind}DataViaQuery`),
    Resource: "arn:aws:neptune-db:eu-west-1:111122223333:cluster-RESOURCE/*",
  });
  const changeGraph = onGraph("Read", "Write", "Delete");
  const readAndDelete = onGraph("Read", "Delete");
  const stageArn = "arn:aws:execute-api:eu-west-1:111122223333:api-stock-watch/development";
  const postAndClose = {
    Effect: "Allow",
    Action: "execute-api:ManageConnections",
    Resource: [`${stageArn}/POST/@connections/*`, `${stageArn}/DELETE/@connections/*`],
  };
  const queueArn = (kind: string) => `arn:aws:sqs:eu-west-1:111122223333:queue-notify-${kind}`;
  const sendPages = { Effect: "Allow", Action: "sqs:SendMessage", Resource: queueArn("page") };
  const readQueues = {
    Effect: "Allow",
    Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    Resource: [queueArn("connection"), queueArn("user"), queueArn("page")],
  };

  test.each([
    ["watch", [changeGraph, postAndClose]],
    ["publish", [changeGraph, postAndClose, sendPages]],
    ["notify", [readAndDelete, postAndClose, readQueues]],
    ["sweep", [readAndDelete]],
    ["operate", [changeGraph, postAndClose, sendPages]],
  ])("the role of %s allows logging, the VPC attachment and exactly its own statements", (name, own) => {
    const { policy, role } = program.inputs("aws:iam/rolePolicy:RolePolicy", name);
    expect(role).toBe(`role-${name}`);
    expect(JSON.parse(String(policy))).toEqual({
      Version: "2012-10-17",
      Statement: [writeLog(name), attachToVpc, ...own],
    });
  });

  test("the role of authorize allows logging only", () => {
    const { policy } = program.inputs("aws:iam/rolePolicy:RolePolicy", "authorize");
    expect(JSON.parse(String(policy))).toEqual({
      Version: "2012-10-17",
      Statement: [writeLog("authorize")],
    });
  });

  test("no role has a policy beyond those in these tests and the one of the schedule", () => {
    expect(program.all("aws:iam/rolePolicy:RolePolicy").map(({ name }) => name)).toEqual([
      "authorize",
      "notify",
      "operate",
      "publish",
      "sweep",
      "sweep-hourly",
      "watch",
    ]);
    const byReference = program.resources.filter(({ type, inputs }) => {
      return /^aws:iam\/.*[aA]ttachment/.test(type) || "managedPolicyArns" in inputs;
    });
    expect(byReference).toEqual([]);
  });
});

describe("policy statements", () => {
  test("statements() finds every statement of every policy", () => {
    const counts = new Map<string, number>();
    for (const { where } of statements()) counts.set(where, (counts.get(where) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      "aws:iam/role:Role::authorize": 1,
      "aws:iam/role:Role::watch": 1,
      "aws:iam/role:Role::publish": 1,
      "aws:iam/role:Role::notify": 1,
      "aws:iam/role:Role::sweep": 1,
      "aws:iam/role:Role::sweep-hourly": 1,
      "aws:iam/role:Role::operate": 1,
      "aws:iam/rolePolicy:RolePolicy::authorize": 1,
      "aws:iam/rolePolicy:RolePolicy::watch": 4,
      "aws:iam/rolePolicy:RolePolicy::publish": 5,
      "aws:iam/rolePolicy:RolePolicy::notify": 5,
      "aws:iam/rolePolicy:RolePolicy::sweep": 3,
      "aws:iam/rolePolicy:RolePolicy::sweep-hourly": 1,
      "aws:iam/rolePolicy:RolePolicy::operate": 5,
      "aws:s3/bucketPolicy:BucketPolicy::watch-page": 1,
    });
  });

  test("every statement lists its actions without wildcards", () => {
    const loose = statements().filter(
      ({ statement: { Action, NotAction } }) =>
        NotAction || list(Action).length === 0 || /\*/.test(String(Action)),
    );
    expect(loose).toEqual([]);
  });

  test("every statement lists its resources, except for actions that AWS allows only on *", () => {
    const loose = statements().filter(({ statement: { Action, Resource, NotResource } }) => {
      if (NotResource) return true;
      return list(Resource).some(isEverything) && !list(Action).every((action) => ON_EVERYTHING.has(action));
    });
    expect(loose).toEqual([]);
  });

  test("no statement has a wildcard principal", () => {
    const loose = statements().filter(
      ({ statement: { Principal, NotPrincipal } }) =>
        NotPrincipal || JSON.stringify(Principal ?? "").includes("*"),
    );
    expect(loose).toEqual([]);
  });

  test("every exception for * is used", () => {
    const used = statements()
      .filter(({ statement: { Resource } }) => list(Resource).some(isEverything))
      .flatMap(({ statement: { Action } }) => list(Action));
    expect([...ON_EVERYTHING.keys()].filter((action) => !used.includes(action))).toEqual([]);
  });
});

/** All policy statements in any input of any resource. */
function statements(): { where: string; statement: Statement }[] {
  return program.resources.flatMap(({ type, name, inputs }) =>
    Object.values(inputs)
      .flatMap(policyStatements)
      .map((statement) => ({ where: `${type}::${name}`, statement })),
  );
}

function policyStatements(value: unknown): Statement[] {
  if (typeof value !== "string" || !value.startsWith("{")) return [];
  const policy = JSON.parse(value) as { Statement?: Statement | Statement[] };
  return list(policy.Statement);
}

/** `*` and its equivalents, such as `arn:aws:s3:::*` and `arn:aws:ec2:*:*:*`. */
const isEverything = (resource: string): boolean => /^(\*|arn:([^:]*:){4}\*)$/.test(resource);

function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
