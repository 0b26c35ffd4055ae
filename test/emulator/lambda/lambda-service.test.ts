import { expect, test } from "vitest";
import { invokeForApi, invokeFunction, type Runner } from "#emulator/lambda/lambda-service.ts";
import type { DeclaredPermission } from "#emulator/program/read-functions.ts";
import { FUNCTION_ARN as ARN, declareFunction } from "../declare-function.ts";

const API = "arn:aws:execute-api:us-east-1:123456789012:abc";

const PERMISSION: DeclaredPermission = {
  action: "lambda:InvokeFunction",
  principal: "apigateway.amazonaws.com",
  qualifier: "next",
  sourceArn: `${API}/development/*`,
};

const RUNNER: Runner = { invoke: async (event, arn) => ({ outcome: "returned", payload: [event, arn] }) };
const RUNNERS = new Map([[ARN, RUNNER]]);

function call(
  permission: Partial<DeclaredPermission>,
  functionArn = `${ARN}:next`,
  sourceArn = `${API}/development/$connect`,
) {
  const fn = declareFunction({ permissions: [{ ...PERMISSION, ...permission }] });
  return invokeForApi([fn], RUNNERS, { functionArn, sourceArn, event: 1 });
}

test("API Gateway can invoke an alias when a permission allows it", async () => {
  expect(await call({})).toEqual({ outcome: "returned", payload: [1, `${ARN}:next`] });
});

test("a permission without a source ARN allows every API", async () => {
  expect(await call({ sourceArn: undefined })).toMatchObject({ outcome: "returned" });
});

test.each<[string, Partial<DeclaredPermission>]>([
  ["another action", { action: "lambda:GetFunction" }],
  ["another service", { principal: "events.amazonaws.com" }],
  ["the function without its alias", { qualifier: undefined }],
  ["another alias", { qualifier: "last" }],
  ["another stage", { sourceArn: `${API}/test/*` }],
  ["another API", { sourceArn: "arn:aws:execute-api:us-east-1:123456789012:xyz/development/*" }],
  ["another route", { sourceArn: `${API}/development/watch` }],
])("a permission for %s does not allow the invocation", async (_what, permission) => {
  expect(await call(permission)).toEqual({
    outcome: "forbidden",
    message:
      `Expected a permission for ${API}/development/$connect to invoke ${ARN}:next, got none. ` +
      "Declare an aws.lambda.Permission.",
  });
});

test.each([
  [`${ARN}:stale`, "Function watch has no alias stale for version 1."],
  [`${ARN}:none`, "Function watch has no alias none for version 1."],
  [`${ARN}x:next`, `Function not found: ${ARN}x:next`],
])("invoking the unknown function or alias %s is forbidden", async (functionArn, message) => {
  expect(await call({}, functionArn)).toEqual({ outcome: "forbidden", message });
});

test.each([ARN, `${ARN}:next`, `${ARN}:1`, `${ARN}:$LATEST`])(
  "%s can be invoked without a resource policy by callers that a role authorizes",
  async (functionArn) => {
    expect(await invokeFunction([declareFunction()], RUNNERS, functionArn, 1)).toEqual({
      outcome: "returned",
      payload: [1, functionArn],
    });
  },
);

test("an alias of an undeployed version is forbidden for callers that a role authorizes", async () => {
  expect(await invokeFunction([declareFunction()], RUNNERS, `${ARN}:stale`, 1)).toEqual({
    outcome: "forbidden",
    message: "Function watch has no alias stale for version 1.",
  });
});
