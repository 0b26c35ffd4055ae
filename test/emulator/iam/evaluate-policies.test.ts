/*
 * Evaluation of declared roles, and that caching does not change a decision. Does not prove that IAM decides
 * the same: the simulator stands in for it.
 */
import { runSimulation } from "@cloud-copilot/iam-simulate";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Call, createDecide } from "#emulator/iam/evaluate-policies.ts";
import type { DeclaredRole, Statement } from "#emulator/iam/roles.ts";

const ACCOUNT = "123456789012";
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:${rest}`;
const connection = (method: string, id: string) =>
  arn("execute-api", `abc/development/${method}/@connections/${id}`);
const QUEUE = arn("sqs", "page");
const ALIAS = arn("lambda", "function:watch:next");
const GRAPH = arn("neptune-db", "cluster-ABC/*");

/** Similar to the roles of the program. */
const STATEMENTS: readonly Statement[] = [
  {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: arn("logs", "log-group:/feed/watch:*"),
  },
  { Effect: "Allow", Action: ["ec2:CreateNetworkInterface", "ec2:DescribeSubnets"], Resource: "*" },
  { Effect: "Allow", Action: "execute-api:ManageConnections", Resource: [connection("POST", "*")] },
  {
    Effect: "Allow",
    Action: ["neptune-db:ReadDataViaQuery", "neptune-db:WriteDataViaQuery"],
    Resource: GRAPH,
  },
  { Effect: "Allow", Action: "sqs:SendMessage", Resource: QUEUE },
  {
    Effect: "Allow",
    Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    Resource: [arn("sqs", "user"), QUEUE],
  },
  { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: ALIAS },
];

const declare = (...statements: readonly Statement[]): DeclaredRole => ({
  arn: `arn:aws:iam::${ACCOUNT}:role/notify-1`,
  logicalName: "notify",
  statements,
  trust: [],
});
const ROLE = declare(...STATEMENTS);
const decide = createDecide(ACCOUNT);
const check = async (role: DeclaredRole, action: string, resource: string, context?: Call["context"]) =>
  await decide({ role, functionName: "notify-f1" }, { action, resource, ...(context && { context }) });

const USER = `arn:aws:sts::${ACCOUNT}:assumed-role/notify-1/notify-f1`;
const denied = (action: string, resource: string, declared = resource) => ({
  allowed: false,
  message: `User: ${USER} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  missing: `{"Effect":"Allow","Action":"${action}","Resource":"${declared}"}`,
});

test.each([
  ["execute-api:ManageConnections", connection("POST", "L0SM9cOFvHcCIhw="), 2],
  ["neptune-db:ReadDataViaQuery", GRAPH, 3],
  ["neptune-db:WriteDataViaQuery", GRAPH, 3],
  ["sqs:SendMessage", QUEUE, 4],
  ["sqs:ReceiveMessage", QUEUE, 5],
  ["sqs:DeleteMessage", QUEUE, 5],
  ["sqs:GetQueueAttributes", arn("sqs", "user"), 5],
  ["lambda:InvokeFunction", ALIAS, 6],
  ["logs:CreateLogStream", arn("logs", "log-group:/feed/watch:log-stream:1"), 0],
  ["logs:PutLogEvents", arn("logs", "log-group:/feed/watch:log-stream:2026/[1]"), 0],
  ["ec2:CreateNetworkInterface", arn("ec2", "network-interface/eni-1"), 1],
  ["ec2:DescribeSubnets", "*", 1],
])("%s on %s is allowed by statement %i", async (action, resource, statement) => {
  expect(await check(ROLE, action, resource)).toEqual({ allowed: true, statement });
});

test.each([
  ["neptune-db:DeleteDataViaQuery", GRAPH],
  ["neptune-db:ReadDataViaQuery", arn("neptune-db", "cluster-OTHER/*")],
  ["sqs:SendMessage", arn("sqs", "user")],
  ["sqs:ReceiveMessage", arn("sqs", "connection")],
  ["lambda:InvokeFunction", arn("lambda", "function:watch")],
  ["lambda:InvokeFunction", arn("lambda", "function:watch:1")],
  ["logs:CreateLogStream", arn("logs", "log-group:/feed/watcher:log-stream:1")],
  ["ec2:DeleteNetworkInterface", arn("ec2", "network-interface/eni-1")],
])("%s on %s is denied, and the decision contains the missing statement", async (action, resource) => {
  expect(await check(ROLE, action, resource)).toEqual(denied(action, resource));
});

test("the missing statement for a connection has the resource of all connections", async () => {
  const action = "execute-api:ManageConnections";
  const resource = connection("DELETE", "L0SM9cOFvHcCIhw=");
  expect(await check(ROLE, action, resource)).toEqual(denied(action, resource, connection("DELETE", "*")));
});

test("a statement for one resource does not allow a call for all resources", async () => {
  const action = "logs:PutLogEvents";
  const stream = (name: string) => arn("logs", `log-group:/feed/watch:log-stream:${name}`);
  const oneStream = declare({ Effect: "Allow", Action: action, Resource: stream("1") });
  expect(await check(oneStream, action, stream("*"))).toEqual(denied(action, stream("*")));
  expect(await check(oneStream, action, stream("1"))).toEqual({ allowed: true, statement: 0 });
});

test("an explicit Deny overrides every Allow, and the decision contains no missing statement", async () => {
  const denying = declare(...STATEMENTS, { Effect: "Deny", Action: "sqs:Send*", Resource: "*" });
  expect(await check(denying, "sqs:SendMessage", QUEUE)).toEqual({
    allowed: false,
    message: `User: ${USER} is not authorized to perform: sqs:SendMessage on resource: ${QUEUE} with an explicit deny in an identity-based policy`,
    missing: undefined,
  });
});

test("a call that two statements allow is attributed to the first", async () => {
  const twice = declare(
    { Effect: "Allow", Action: "sqs:*", Resource: "*" },
    { Effect: "Allow", Action: "sqs:SendMessage", Resource: QUEUE },
  );
  expect(await check(twice, "sqs:SendMessage", QUEUE)).toEqual({ allowed: true, statement: 0 });
});

test("a condition is evaluated with the context of each call", async () => {
  const conditional = declare({
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: ALIAS,
    Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
  });
  const action = "lambda:InvokeFunction";
  const from = async (account: string) =>
    (await check(conditional, action, ALIAS, { "aws:SourceAccount": account })).allowed;
  expect([await from(ACCOUNT), await from("999999999999"), await from(ACCOUNT)]).toEqual([true, false, true]);
  expect(await check(conditional, action, ALIAS)).toEqual(denied(action, ALIAS));
});

test.each<[string, string, string]>([
  ["the name", QUEUE, "user"],
  ["the case of the name", QUEUE, "PAGE"],
  ["the name, with a policy ARN in another case", arn("SQS", "page").replace("us-east", "US-East"), "user"],
])("a denied call does not affect a call that differs in %s", async (_description, Resource, other) => {
  const role = declare({ Effect: "Allow", Action: "sqs:SendMessage", Resource });
  const send = async (queue: string) => (await check(role, "sqs:SendMessage", arn("sqs", queue))).allowed;
  expect([await send(other), await send("page"), await send(other)]).toEqual([false, true, false]);
});

test("a policy variable is resolved for each call", async () => {
  const variable = ["$", "{aws:username, 'development'}"].join("");
  const Resource = arn("execute-api", `abc/${variable}/POST/@connections/*`);
  const role = declare({ Effect: "Allow", Action: "execute-api:ManageConnections", Resource });
  const post = async (stage: string) =>
    (
      await check(
        role,
        "execute-api:ManageConnections",
        arn("execute-api", `abc/${stage}/POST/@connections/1`),
      )
    ).allowed;
  expect([await post("other"), await post("development"), await post("other")]).toEqual([false, true, false]);
});

test.each<[string, Statement]>([
  ["NotAction", { Effect: "Allow", NotAction: "sqs:ReceiveMessage", Resource: QUEUE }],
  ["NotResource", { Effect: "Allow", Action: "sqs:SendMessage", NotResource: arn("sqs", "user") }],
])("%s is evaluated for each call", async (_element, statement) => {
  const role = declare(statement);
  const send = async (queue: string) => (await check(role, "sqs:SendMessage", arn("sqs", queue))).allowed;
  expect([await send("user"), await send("page"), await send("user")]).toEqual([false, true, false]);
  expect((await check(role, "sqs:ReceiveMessage", QUEUE)).allowed).toBe(false);
});

test("a call with an invalid resource does not affect the next call", async () => {
  const role = declare(...STATEMENTS);
  const send = async (queue: string) => await check(role, "sqs:SendMessage", arn("sqs", queue));
  await expect(send("")).rejects.toThrow("no.resource.types");
  expect(await send("user")).toEqual(denied("sqs:SendMessage", arn("sqs", "user")));
});

test.each([
  ["feed:Watch", "*", '{"message":"invalid.service"}'],
  ["sqs:Send", QUEUE, '{"message":"invalid.action"}'],
  ["sqs:SendMessage", "page", '{"message":"no.resource.types"}'],
  ["ec2:DescribeSubnets", arn("ec2", "subnet/1"), '{"message":"must.use.wildcard"}'],
])("evaluating the invalid call %s on %s throws each time", async (action, resource, errors) => {
  const message = `Expected a valid IAM action and resource, got ${action} on ${resource} by role notify: ${errors}.`;
  await expect(check(ROLE, action, resource)).rejects.toThrow(new Error(message));
  await expect(check(ROLE, action, resource)).rejects.toThrow(new Error(message));
});

test("evaluating a role with an invalid statement throws an error with the statement index", async () => {
  const invalid = declare({ Effect: "Allow", Action: "sqs:SendMessage" });
  await expect(check(invalid, "sqs:SendMessage", QUEUE)).rejects.toThrow(/by role notify: .*"0":\[/);
});

const simulate = async (statements: readonly Statement[], action: string, resource: string) => {
  const answer = await runSimulation(
    {
      request: {
        principal: ROLE.arn,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: {},
      },
      identityPolicies: [{ name: "all", policy: { Version: "2012-10-17", Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  return answer.resultType !== "error" && answer.overallResult === "Allowed";
};

test("cached decisions equal those of a new simulation for each call", async () => {
  const stringOf = (alphabet: string) =>
    fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 4 });
  const rest = stringOf("ab/*?").map((path) => arn("execute-api", path));
  const pattern = fc.oneof(
    fc.constant("*"),
    stringOf("ab*?").map((name) => arn("sqs", name)),
    stringOf("aA:$*").map((name) => `arn:*:${name}`),
    stringOf("ab*").map((name) => `arn:aws:s?s:us-*:*:${name}`),
    stringOf("ab").map((name) => `arn:aws:SQS:US-east-1:${ACCOUNT}:${name}`),
    rest,
    fc.tuple(rest, stringOf("ab/*")).map(([start, end]) => `${start}/s/*/${end}`),
  );
  const actions = ["*", "sqs:*", "SQS:send*", "sqs:????Message", "execute-api:Manage*"];
  const statement = fc.record({
    Effect: fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const),
    Action: fc.oneof(fc.constantFrom(...actions), fc.subarray(actions, { minLength: 1 })),
    Resource: fc.oneof(pattern, fc.array(pattern, { minLength: 1, maxLength: 2 })),
  });
  const call = fc.oneof(
    fc.tuple(
      fc.constantFrom("sqs:SendMessage", "sqs:ReceiveMessage"),
      stringOf("abA").map((name) => arn("sqs", name)),
    ),
    fc.tuple(
      fc.constant("execute-api:ManageConnections"),
      fc
        .tuple(stringOf("ab"), stringOf("ab"))
        .map(([api, id]) => arn("execute-api", `${api}/s/POST/@connections/${id}`)),
    ),
  );
  const property = fc.asyncProperty(
    fc.array(statement, { minLength: 1, maxLength: 3 }),
    fc.array(call, { minLength: 2, maxLength: 6 }),
    async (statements, calls) => {
      const role = declare(...statements);
      for (const [action, resource] of calls) {
        const { allowed } = await check(role, action, resource);
        const expected = await simulate(statements, action, resource);
        expect([action, resource, allowed]).toEqual([action, resource, expected]);
      }
    },
  );
  await fc.assert(property, { numRuns: 200 });
});
