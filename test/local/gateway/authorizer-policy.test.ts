/**
 * The policies that authorizers answer. Does not prove that AWS reads a policy without `principalId` as malformed, as its
 * documents have it, nor how it judges statements with conditions, which are refused here.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
import { expect, test } from "vitest";
import { allowsInvoke, parsePolicyAnswer } from "../../../local/gateway/authorizer-policy.ts";

const ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/$connect";

const ALLOW = { Effect: "Allow", Action: "execute-api:Invoke", Resource: ARN };

function answer(...statements: readonly object[]) {
  return { principalId: "user003", policyDocument: { Version: "2012-10-17", Statement: statements } };
}

function allows(...statements: readonly object[]): boolean {
  const parsed = parsePolicyAnswer(answer(...statements));
  if (!parsed) throw new Error("The answer is malformed.");
  return allowsInvoke(parsed.statements, ARN);
}

test.each([
  ARN,
  "*",
  "arn:aws:execute-api:*:*:*",
  "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*",
  "arn:aws:execute-api:us-east-1:123456789012:*/development/$connect",
  "arn:aws:execute-api:us-east-?:123456789012:a1b2c3d4e5/development/?connect",
])("the resource %s means $connect", (Resource) => {
  expect(allows({ ...ALLOW, Resource })).toBe(true);
});

test.each([
  "",
  `${ARN}s`,
  `${ARN}:more`,
  "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/production/$connect",
  "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/?",
  "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5.development.*",
  "arn:aws:execute-api:us-east-1:123456789012:A1B2C3D4E5/development/$connect",
  // No wildcard reaches over a colon.
  "arn:aws:execute-api:*",
  "arn:*/$connect",
])("the resource %j does not mean $connect", (Resource) => {
  expect(allows({ ...ALLOW, Resource })).toBe(false);
});

test.each(["execute-api:Invoke", "execute-api:invoke", "execute-api:*", "*", "execute-api:Inv?ke"])(
  "the action %s is an invocation",
  (Action) => {
    expect(allows({ ...ALLOW, Action })).toBe(true);
  },
);

test.each(["execute-api:ManageConnections", "lambda:*", "Invoke", "execute-api:InvokeMore"])(
  "the action %s is no invocation",
  (Action) => {
    expect(allows({ ...ALLOW, Action })).toBe(false);
  },
);

test("one action and one resource of several are enough", () => {
  expect(allows({ ...ALLOW, Action: ["a:b", "execute-api:Invoke"], Resource: ["arn:else", ARN] })).toBe(true);
});

test("nothing is allowed that no statement allows", () => {
  expect(allows()).toBe(false);
  expect(allows({ ...ALLOW, Effect: "Deny", Resource: "arn:else" })).toBe(false);
});

test("a Deny outweighs every Allow, wherever it stands", () => {
  const deny = { ...ALLOW, Effect: "Deny", Resource: "*" };
  expect([allows(ALLOW, deny), allows(deny, ALLOW)]).toEqual([false, false]);
});

test("a Deny of something else takes nothing away", () => {
  expect(allows(ALLOW, { ...ALLOW, Effect: "Deny", Action: "execute-api:ManageConnections" })).toBe(true);
});

test("the context and a single statement without a list are read", () => {
  const context = { user: "user003", count: 3, admin: false };
  expect(
    parsePolicyAnswer({ principalId: "user003", policyDocument: { Statement: ALLOW }, context }),
  ).toEqual({
    principalId: "user003",
    statements: [{ Effect: "Allow", Action: ["execute-api:Invoke"], Resource: [ARN] }],
    context,
  });
});

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "Allow"],
  ["no principalId", { policyDocument: answer(ALLOW).policyDocument }],
  ["a principalId that is no text", { ...answer(ALLOW), principalId: 3 }],
  ["no policy", { principalId: "user003" }],
  ["no statements", { principalId: "user003", policyDocument: {} }],
  ["another effect", answer({ ...ALLOW, Effect: "allow" })],
  ["a statement without an action", answer({ Effect: "Allow", Resource: ARN })],
  ["a statement without a resource", answer({ Effect: "Allow", Action: "*" })],
  ["a condition", answer({ ...ALLOW, Condition: { IpAddress: { "aws:SourceIp": "10.0.0.1" } } })],
  ["NotResource", answer({ Effect: "Allow", Action: "*", NotResource: "arn:else" })],
  ["an object in the context", { ...answer(ALLOW), context: { user: { id: 3 } } }],
  ["a list in the context", { ...answer(ALLOW), context: { user: ["user003"] } }],
  ["null in the context", { ...answer(ALLOW), context: { user: null } }],
  ["a simple response", { isAuthorized: true }],
])("%s is malformed", (_what, payload) => {
  expect(parsePolicyAnswer(payload)).toBe(undefined);
});
