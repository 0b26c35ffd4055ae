/**
 * Parsing and evaluation of authorizer policies. Does not prove that AWS rejects a response without
 * `principalId`, as documented, nor how AWS evaluates conditions, which are rejected here.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
import { expect, test } from "vitest";
import { allowsInvoke, parsePolicyResponse } from "#emulator/apigateway/authorizer-policy.ts";

const ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/$connect";

const ALLOW = { Effect: "Allow", Action: "execute-api:Invoke", Resource: ARN };

function response(...statements: readonly object[]) {
  return { principalId: "user003", policyDocument: { Version: "2012-10-17", Statement: statements } };
}

function allows(...statements: readonly object[]): boolean {
  const parsed = parsePolicyResponse(response(...statements));
  if (!parsed) throw new Error("Expected a valid policy response, got a malformed one.");
  return allowsInvoke(parsed.statements, ARN);
}

test.each([
  ARN,
  "*",
  "arn:aws:execute-api:*:*:*",
  "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*",
  "arn:aws:execute-api:us-east-1:123456789012:*/development/$connect",
  "arn:aws:execute-api:us-east-?:123456789012:a1b2c3d4e5/development/?connect",
])("a policy for the resource %s allows $connect", (Resource) => {
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
  // Wildcards do not match colons.
  "arn:aws:execute-api:*",
  "arn:*/$connect",
])("a policy for the resource %j does not allow $connect", (Resource) => {
  expect(allows({ ...ALLOW, Resource })).toBe(false);
});

test.each(["execute-api:Invoke", "execute-api:invoke", "execute-api:*", "*", "execute-api:Inv?ke"])(
  "a policy for the action %s allows invocation",
  (Action) => {
    expect(allows({ ...ALLOW, Action })).toBe(true);
  },
);

test.each(["execute-api:ManageConnections", "lambda:*", "Invoke", "execute-api:InvokeMore"])(
  "a policy for the action %s does not allow invocation",
  (Action) => {
    expect(allows({ ...ALLOW, Action })).toBe(false);
  },
);

test("a statement with several actions and resources allows when one of each matches", () => {
  expect(allows({ ...ALLOW, Action: ["a:b", "execute-api:Invoke"], Resource: ["arn:else", ARN] })).toBe(true);
});

test("a request that no statement allows is denied", () => {
  expect(allows()).toBe(false);
  expect(allows({ ...ALLOW, Effect: "Deny", Resource: "arn:else" })).toBe(false);
});

test("a matching Deny overrides every Allow, in any order", () => {
  const deny = { ...ALLOW, Effect: "Deny", Resource: "*" };
  expect([allows(ALLOW, deny), allows(deny, ALLOW)]).toEqual([false, false]);
});

test("a Deny of another action does not override an Allow", () => {
  expect(allows(ALLOW, { ...ALLOW, Effect: "Deny", Action: "execute-api:ManageConnections" })).toBe(true);
});

test("a policy response with a context and a single statement without a list is parsed", () => {
  const context = { user: "user003", count: 3, admin: false };
  expect(
    parsePolicyResponse({ principalId: "user003", policyDocument: { Statement: ALLOW }, context }),
  ).toEqual({
    principalId: "user003",
    statements: [{ Effect: "Allow", Action: ["execute-api:Invoke"], Resource: [ARN] }],
    context,
  });
});

test.each<[string, unknown]>([
  ["undefined", undefined],
  ["null", null],
  ["a string", "Allow"],
  ["an object without principalId", { policyDocument: response(ALLOW).policyDocument }],
  ["a principalId that is not a string", { ...response(ALLOW), principalId: 3 }],
  ["an object without policyDocument", { principalId: "user003" }],
  ["a policy without statements", { principalId: "user003", policyDocument: {} }],
  ["an unknown effect", response({ ...ALLOW, Effect: "allow" })],
  ["a statement without an action", response({ Effect: "Allow", Resource: ARN })],
  ["a statement without a resource", response({ Effect: "Allow", Action: "*" })],
  ["a condition", response({ ...ALLOW, Condition: { IpAddress: { "aws:SourceIp": "10.0.0.1" } } })],
  ["a statement with NotResource", response({ Effect: "Allow", Action: "*", NotResource: "arn:else" })],
  ["a context that contains an object", { ...response(ALLOW), context: { user: { id: 3 } } }],
  ["a context that contains a list", { ...response(ALLOW), context: { user: ["user003"] } }],
  ["a context that contains null", { ...response(ALLOW), context: { user: null } }],
  ["a simple response of an HTTP API", { isAuthorized: true }],
])("%s is rejected as a policy response", (_description, payload) => {
  expect(parsePolicyResponse(payload)).toBe(undefined);
});
