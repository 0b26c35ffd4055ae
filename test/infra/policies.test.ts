/**
 * Who may do what in the whole stack. Does not prove that these permissions suffice on AWS, nor that the queries need all three
 * kinds of access to the graph; a real cluster judges that.
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

/** Actions that may name every resource, each with the reason why AWS leaves no choice. */
const ON_EVERYTHING: ReadonlyMap<string, string> = new Map([
  ["ec2:CreateNetworkInterface", "the interface has no name before it is made"],
  ["ec2:DeleteNetworkInterface", "Lambda names the interface, and asks for it on all of them"],
  ["ec2:AssignPrivateIpAddresses", "as ec2:DeleteNetworkInterface"],
  ["ec2:UnassignPrivateIpAddresses", "as ec2:DeleteNetworkInterface"],
  ["ec2:DescribeNetworkInterfaces", "Describe actions of EC2 know no resources"],
  ["ec2:DescribeSubnets", "Describe actions of EC2 know no resources"],
]);

let program: Program;
beforeAll(async () => {
  program = await declareStack();
}, 30_000);

describe("the functions", () => {
  const writeLog = (name: string) => ({
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `arn:aws:logs:eu-west-1:111122223333:log-group:/ticker-watch/test/${name}:*`,
  });
  const beInVpc = {
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
  const readAndForget = onGraph("Read", "Delete");
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
    ["notify", [readAndForget, postAndClose, readQueues]],
    ["sweep", [readAndForget]],
    ["operate", [changeGraph, postAndClose, sendPages]],
  ])("%s may log, be in the VPC, and do its work", (name, work) => {
    const { policy, role } = program.inputs("aws:iam/rolePolicy:RolePolicy", name);
    expect(role).toBe(`role-${name}`);
    expect(JSON.parse(String(policy))).toEqual({
      Version: "2012-10-17",
      Statement: [writeLog(name), beInVpc, ...work],
    });
  });

  test("authorize may log, and nothing else", () => {
    const { policy } = program.inputs("aws:iam/rolePolicy:RolePolicy", "authorize");
    expect(JSON.parse(String(policy))).toEqual({
      Version: "2012-10-17",
      Statement: [writeLog("authorize")],
    });
  });

  test("have no permissions but those written here, and the schedule that of its own test", () => {
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

describe("every statement of every policy", () => {
  test("is found", () => {
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

  test("names its actions one by one", () => {
    const loose = statements().filter(
      ({ statement: { Action, NotAction } }) =>
        NotAction || list(Action).length === 0 || /\*/.test(String(Action)),
    );
    expect(loose).toEqual([]);
  });

  test("names its resources, unless AWS leaves no choice", () => {
    const loose = statements().filter(({ statement: { Action, Resource, NotResource } }) => {
      if (NotResource) return true;
      return list(Resource).some(isEverything) && !list(Action).every((action) => ON_EVERYTHING.has(action));
    });
    expect(loose).toEqual([]);
  });

  test("names who it is for", () => {
    const loose = statements().filter(
      ({ statement: { Principal, NotPrincipal } }) =>
        NotPrincipal || JSON.stringify(Principal ?? "").includes("*"),
    );
    expect(loose).toEqual([]);
  });

  test("uses each exception", () => {
    const used = statements()
      .filter(({ statement: { Resource } }) => list(Resource).some(isEverything))
      .flatMap(({ statement: { Action } }) => list(Action));
    expect([...ON_EVERYTHING.keys()].filter((action) => !used.includes(action))).toEqual([]);
  });
});

/** All statements in any input of any resource, whatever it is called there. */
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

/** `*`, and what ends up as the same: `arn:aws:s3:::*` and `arn:aws:ec2:*:*:*`. */
const isEverything = (resource: string): boolean => /^(\*|arn:([^:]*:){4}\*)$/.test(resource);

function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
