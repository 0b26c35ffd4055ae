/**
 * Environment, context and heap limit of a function process. Does not prove the values on Lambda, which are
 * taken from its documentation; memory outside the heap is not limited.
 */
import { expect, onTestFinished, test, vi } from "vitest";
import { FunctionPool } from "#emulator/lambda/function-pool.ts";
import { poolOf } from "./fixtures/pool-of.ts";
import { writeFunction } from "./fixtures/write-function.ts";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const PID = "export const handler = () => process.pid;";

test("the environment has only the declared variables and those set by Lambda", async () => {
  vi.stubEnv("LEAK", "no");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { pool, model } = poolOf("export const handler = () => process.env;", {
    environment: { GRAPH_URL: "ws://graph" },
  });
  const result = await pool.invoke({});
  const environment = result.outcome === "returned" ? (result.payload as Record<string, string>) : {};
  expect(environment).toEqual({
    GRAPH_URL: "ws://graph",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    _HANDLER: "index.handler",
    _X_AMZN_TRACE_ID: expect.stringMatching(
      /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
    ),
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: "watch",
    AWS_LAMBDA_FUNCTION_VERSION: "7",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/watch",
    AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[7\][0-9a-f]{32}$/),
    AWS_ACCESS_KEY_ID: "ASIAWATCH",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
    LAMBDA_TASK_ROOT: model.codeDirectory,
  });
});

test("the heap limit of a function process is 90 % of the declared memory", async () => {
  const { pool } = poolOf("export const handler = () => process.execArgv;", { memoryMb: 256 });
  expect(await pool.invoke({})).toEqual({ outcome: "returned", payload: ["--max-old-space-size=230"] });
});

test("a function that declares reserved variables throws", () => {
  const model = writeFunction(PID, { environment: { AWS_REGION: "mars", X: "1", _HANDLER: "a.b" } });
  onTestFinished(() => model[Symbol.dispose]());
  expect(() => new FunctionPool(model, { onLog: () => {} })).toThrow(
    "Expected no reserved variables in the environment of function watch, got _HANDLER, AWS_REGION. " +
      "Rename them, because Lambda rejects them too.",
  );
});

test("the handler context has the function name, the invoked ARN and the remaining time", async () => {
  const { pool } = poolOf(
    `export const handler = (_event, context) => ({ ...context, left: context.getRemainingTimeInMillis(),
       stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME, cwd: process.cwd() });`,
  );
  const arn = "arn:aws:lambda:eu-west-1:123456789012:function:watch:next";
  const result = await pool.invoke({}, arn);
  const context = result.outcome === "returned" ? (result.payload as Record<string, unknown>) : {};
  expect(context).toEqual({
    awsRequestId: expect.stringMatching(new RegExp(`^${UUID}$`)),
    invokedFunctionArn: arn,
    functionName: "watch",
    functionVersion: "7",
    memoryLimitInMB: "256",
    logGroupName: "/aws/lambda/watch",
    logStreamName: context["stream"],
    stream: expect.any(String),
    left: expect.any(Number),
    cwd: expect.stringContaining("function-"),
  });
  expect(context["left"]).toBeGreaterThan(5_000);
  expect(context["left"]).toBeLessThanOrEqual(10_000);
});
