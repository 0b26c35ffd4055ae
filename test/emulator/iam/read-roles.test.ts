/* The roles that the program declares. Does not prove that IAM accepts their policies. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readFunctionRoles, readRoles } from "#emulator/iam/read-roles.ts";
import { canAssume } from "#emulator/iam/roles.ts";
import { readConfiguration } from "#emulator/program/configuration.ts";
import { UNKNOWN } from "#emulator/program/declared.ts";
import { evaluateProgram } from "#emulator/program/evaluate.ts";
import { ACCOUNT_ID } from "#emulator/program/synthesize-outputs.ts";
import { program, type Resource } from "../program/declared.ts";

const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const FUNCTION = "aws:lambda/function:Function";
const HERE = "emulator/iam/read-roles.ts";
const ARN = "arn:aws:iam::123456789012:role/r1";

const document = (...Statement: readonly unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const trust = (Service: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Principal: { Service },
  Action: "sts:AssumeRole",
  ...more,
});
const SEND = { Effect: "Allow", Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:123456789012:q" };

const role = (properties: Readonly<Record<string, unknown>> = {}): Resource => [
  ROLE,
  "watch",
  "r1",
  { arn: ARN, name: "r1", assumeRolePolicy: document(trust("lambda.amazonaws.com")), ...properties },
];
const policy = (properties: Readonly<Record<string, unknown>> = {}): Resource => [
  ROLE_POLICY,
  "watch",
  "p1",
  { role: "r1", policy: document(SEND), ...properties },
];

test("a role has the statements of all its policies, in declared order, and no others", () => {
  const other: Resource = [ROLE, "other", "r2", { ...role()[3], arn: `${ARN}2`, name: "r2" }];
  const declared = program(
    role(),
    other,
    policy(),
    [
      ROLE_POLICY,
      "p2",
      "p2",
      { role: "r1", policy: JSON.stringify({ Version: "2012-10-17", Statement: SEND }) },
    ],
    policy({ role: "r2", policy: document({ ...SEND, Sid: "Other" }) }),
  );
  const trusting = [trust("lambda.amazonaws.com")];
  expect(readRoles(declared)).toEqual([
    { arn: ARN, logicalName: "watch", statements: [SEND, SEND], trust: trusting },
    { arn: `${ARN}2`, logicalName: "other", statements: [{ ...SEND, Sid: "Other" }], trust: trusting },
  ]);
});

test("a function has the role with its declared ARN", () => {
  const declared = program(role(), [FUNCTION, "watch", "f1", { arn: "arn:f1", role: ARN }]);
  const roles = readRoles(declared);
  expect(readFunctionRoles(declared, roles)).toEqual(new Map([["arn:f1", roles[0]]]));
});

test("a function with a role outside the program throws", () => {
  const declared = program([FUNCTION, "watch", "f1", { arn: "arn:f1", role: "arn:elsewhere" }]);
  expect(() => readFunctionRoles(declared, [])).toThrow(
    new Error(`Expected role of ${FUNCTION} watch to be a role of this program, got arn:elsewhere.`),
  );
});

const attached: Resource = [
  ATTACHMENT,
  "basic",
  "a1",
  { role: "r1", policyArn: "arn:aws:iam::aws:policy/X" },
];

test.each<[string, readonly Resource[], string]>([
  [
    "an attached policy",
    [role(), attached],
    `Expected roles with inline policies (${ROLE_POLICY}) only, got ${ATTACHMENT} basic. Add support for attached policies in ${HERE}.`,
  ],
  [
    "managed policies and a boundary",
    [role({ managedPolicyArns: ["arn"], permissionsBoundary: "arn" })],
    `The local stack does not serve managedPolicyArns, permissionsBoundary of ${ROLE} watch. Serve it in ${HERE}.`,
  ],
  [
    "a policy of an undeclared role",
    [role(), policy({ role: "r9" })],
    `Expected role of ${ROLE_POLICY} watch to be a role of this program, got r9.`,
  ],
  [
    "an unknown policy",
    [role(), policy({ policy: UNKNOWN })],
    `Expected policy of ${ROLE_POLICY} watch to be known, got an unknown output. Add the output to emulator/program/synthesize-outputs.ts.`,
  ],
  [
    "a policy that is not JSON",
    [role(), policy({ policy: "allow" })],
    `Expected policy of ${ROLE_POLICY} watch to be an IAM policy document, got allow: ["Invalid type: Expected Object but received undefined"].`,
  ],
  [
    "an invalid policy element",
    [role(), policy({ policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Actions":"*"}]}' })],
    `Expected policy of ${ROLE_POLICY} watch to be an IAM policy document, got {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Actions":"*"}]}: {"Statement.0.Actions":["Invalid key: Expected never but received \\"Actions\\""]}.`,
  ],
])("%s throws", (_description, resources, message) => {
  expect(() => readRoles(program(...resources))).toThrow(new Error(message));
});

const LAMBDA = "lambda.amazonaws.com";
const SCHEDULER = "scheduler.amazonaws.com";
const ofAccount = (id: string) => ({ Condition: { StringEquals: { "aws:SourceAccount": id } } });

test.each<[string, readonly object[], boolean, boolean]>([
  ["Lambda", [trust(LAMBDA)], true, false],
  ["both services", [trust([LAMBDA, SCHEDULER])], true, true],
  ["no principal", [], false, false],
  ["an account", [{ ...trust(LAMBDA), Principal: { AWS: "arn:aws:iam::123456789012:root" } }], false, false],
  ["Lambda for another action", [{ ...trust(LAMBDA), Action: "sts:TagSession" }], false, false],
  ["Scheduler within this account", [trust(SCHEDULER, ofAccount(ACCOUNT_ID))], false, true],
  ["Scheduler within another account", [trust(SCHEDULER, ofAccount("999999999999"))], false, false],
  [
    "both services but denies Lambda",
    [trust([LAMBDA, SCHEDULER]), trust(LAMBDA, { Effect: "Deny" })],
    false,
    true,
  ],
])(
  "a role that trusts %s can be assumed by exactly the trusted ones of Lambda and Scheduler",
  async (_trusted, statements, ...expected) => {
    const [declared] = readRoles(program(role({ assumeRolePolicy: document(...statements) })));
    if (!declared) throw new Error("Expected a role, got none.");
    const results = [LAMBDA, SCHEDULER].map(
      async (service) => await canAssume(service as typeof LAMBDA, declared, ACCOUNT_ID),
    );
    expect(await Promise.all(results)).toEqual(expected);
  },
);

test("every role of the project's program is valid and trusted by the service that assumes it", async () => {
  const project = fileURLToPath(new URL("../../..", import.meta.url));
  const declared = await evaluateProgram(project, await readConfiguration(project, "dev", {}));
  const roles = readRoles(declared);
  const functionRoles = [...readFunctionRoles(declared, roles).values()];
  const schedulerRoles = roles.filter((each) => !functionRoles.includes(each));
  expect(functionRoles.map(({ logicalName }) => logicalName).sort()).toEqual([
    "authorize",
    "notify",
    "operate",
    "publish",
    "sweep",
    "watch",
  ]);
  const trusted = async (service: typeof LAMBDA | typeof SCHEDULER, some: typeof roles) =>
    await Promise.all(some.map(async (each) => await canAssume(service, each, ACCOUNT_ID)));
  expect(await trusted(LAMBDA, functionRoles)).toEqual(functionRoles.map(() => true));
  expect(await trusted(SCHEDULER, schedulerRoles)).toEqual([true]);
}, 30_000);
