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

test("a function is called by its alias when a permission allows exactly that", async () => {
  expect(await call({})).toEqual({ outcome: "returned", payload: [1, `${ARN}:next`] });
});

test("a permission without a source allows every API", async () => {
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
])("a permission for %s allows nothing", async (_what, permission) => {
  expect(await call(permission)).toEqual({
    outcome: "forbidden",
    message: `No permission lets ${API}/development/$connect call ${ARN}:next: declare an aws.lambda.Permission for it.`,
  });
});

test.each([
  [`${ARN}:stale`, "watch has no alias stale for its version 1."],
  [`${ARN}:none`, "watch has no alias none for its version 1."],
  [`${ARN}x:next`, `There is no function ${ARN}x:next.`],
])("%s cannot be called", async (functionArn, message) => {
  expect(await call({}, functionArn)).toEqual({ outcome: "forbidden", message });
});

test.each([ARN, `${ARN}:next`, `${ARN}:1`, `${ARN}:$LATEST`])(
  "who needs no permission calls %s",
  async (functionArn) => {
    expect(await invokeFunction([declareFunction()], RUNNERS, functionArn, 1)).toEqual({
      outcome: "returned",
      payload: [1, functionArn],
    });
  },
);

test("an alias that leads nowhere is nobody's to call", async () => {
  expect(await invokeFunction([declareFunction()], RUNNERS, `${ARN}:stale`, 1)).toEqual({
    outcome: "forbidden",
    message: "watch has no alias stale for its version 1.",
  });
});
