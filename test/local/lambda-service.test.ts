import { expect, test } from "vitest";
import { invokeForApi, type Runner } from "../../local/lambda-service.ts";
import type { DeclaredFunction, DeclaredPermission } from "../../local/program/read-functions.ts";

const ARN = "arn:aws:lambda:us-east-1:123456789012:function:watch";
const API = "arn:aws:execute-api:us-east-1:123456789012:abc";

const PERMISSION: DeclaredPermission = {
  action: "lambda:InvokeFunction",
  principal: "apigateway.amazonaws.com",
  qualifier: "next",
  sourceArn: `${API}/development/*`,
};

function call(
  permission: Partial<DeclaredPermission>,
  functionArn = `${ARN}:next`,
  sourceArn = `${API}/development/$connect`,
) {
  const fn: DeclaredFunction = {
    logicalName: "watch",
    name: "watch",
    arn: ARN,
    version: "1",
    handler: "index.handler",
    timeoutSeconds: 3,
    memoryMb: 128,
    environment: {},
    logGroup: "watch",
    code: {},
    aliases: new Map([
      ["next", "1"],
      ["stale", "0"],
    ]),
    permissions: [{ ...PERMISSION, ...permission }],
  };
  const runner: Runner = { invoke: async (event, arn) => ({ outcome: "returned", payload: [event, arn] }) };
  return invokeForApi([fn], new Map([[ARN, runner]]), { functionArn, sourceArn, event: 1 });
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
