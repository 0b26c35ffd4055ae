/* Invoke as the AWS SDK sees it. Does not prove that Lambda itself answers so. */
import {
  InvalidParameterValueException,
  InvalidRequestContentException,
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  LambdaClient,
  RequestTooLargeException,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { expect, onTestFinished, test } from "vitest";
import type { InvocationResult } from "#emulator/apigateway/model.ts";
import { serveLambda } from "#emulator/lambda/lambda-endpoint.ts";
import { declareFunction, FUNCTION_ARN } from "../declare-function.ts";
import { ALLOW_ALL } from "../iam/open-door.ts";

type Call = readonly [functionArn: string, event: unknown];

/** An endpoint with one function, that answers `result`; and what it is called with. */
async function serve(
  result: InvocationResult | Promise<InvocationResult> = { outcome: "returned", payload: [1] },
) {
  const calls: Call[] = [];
  const endpoint = await serveLambda({
    functions: [declareFunction()],
    authProxy: ALLOW_ALL,
    invoke: async (...call) => {
      calls.push(call);
      return await result;
    },
  });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new LambdaClient({
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await endpoint[Symbol.asyncDispose]();
  });
  const invoke = async (input: Partial<InvokeCommandInput> = {}) =>
    await client.send(new InvokeCommand({ FunctionName: "watch", ...input }));
  return { invoke, calls, url: endpoint.url };
}

const textOf = ({ Payload }: InvokeCommandOutput) => Buffer.from(Payload ?? []).toString();

test("what a function returns comes back, with the version that ran", async () => {
  const { invoke, calls } = await serve({ outcome: "returned", payload: { price: 2400, name: "ü" } });
  const answer = await invoke({ Payload: '{"n":1}', Qualifier: "next" });
  expect(textOf(answer)).toBe('{"price":2400,"name":"ü"}');
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "1" });
  expect(answer.FunctionError).toBeUndefined();
  expect(calls).toEqual([[`${FUNCTION_ARN}:next`, { n: 1 }]]);
});

test.each([
  ["watch", undefined, "", "$LATEST"],
  ["watch:next", undefined, ":next", "1"],
  ["watch", "1", ":1", "1"],
  ["watch:$LATEST", "$LATEST", ":$LATEST", "$LATEST"],
  [FUNCTION_ARN, "next", ":next", "1"],
  [`${FUNCTION_ARN}:next`, undefined, ":next", "1"],
  ["123456789012:function:watch", undefined, "", "$LATEST"],
])("a function is found as %s with the qualifier %s", async (FunctionName, Qualifier, suffix, version) => {
  const { invoke, calls } = await serve();
  expect(await invoke({ FunctionName, Qualifier })).toMatchObject({ ExecutedVersion: version });
  expect(calls).toEqual([[`${FUNCTION_ARN}${suffix}`, {}]]);
});

test.each([
  ["other", undefined, "other"],
  ["watch", "stale", "watch:stale"],
  ["watch:none", undefined, "watch:none"],
  [FUNCTION_ARN.replace("us-east-1", "eu-west-1"), undefined, FUNCTION_ARN.replace("us-east-1", "eu-west-1")],
  ["999999999999:function:watch", undefined, "999999999999:function:watch"],
])("there is no function %s with the qualifier %s", async (FunctionName, Qualifier, name) => {
  const { invoke, calls } = await serve();
  const failure = await invoke({ FunctionName, Qualifier }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ResourceNotFoundException);
  expect(failure).toMatchObject({
    message: `Function not found: ${name}`,
    $metadata: { httpStatusCode: 404 },
  });
  expect(calls).toEqual([]);
});

test("a function that fails is told as Lambda tells it", async () => {
  const { invoke } = await serve({
    outcome: "failed",
    message: "Task timed out",
    errorType: "Sandbox.Timedout",
  });
  const answer = await invoke({ Qualifier: "next" });
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "1" });
  expect(JSON.parse(textOf(answer))).toEqual({
    errorType: "Sandbox.Timedout",
    errorMessage: "Task timed out",
  });
});

test("with Event nobody waits for the function", async () => {
  const { promise, resolve } = Promise.withResolvers<InvocationResult>();
  const { invoke, calls } = await serve(promise);
  const answer = await invoke({ InvocationType: "Event", Payload: "[]" });
  expect([answer.StatusCode, textOf(answer)]).toEqual([202, ""]);
  expect(calls).toEqual([[FUNCTION_ARN, []]]);
  resolve({ outcome: "returned", payload: null });
});

test("with DryRun the function is looked for and not called", async () => {
  const { invoke, calls } = await serve();
  expect(await invoke({ InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204 });
  const missing = invoke({ InvocationType: "DryRun", FunctionName: "other" });
  await expect(missing).rejects.toBeInstanceOf(ResourceNotFoundException);
  expect(calls).toEqual([]);
});

const textOfBytes = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));

test.each([
  ["RequestResponse", 6 * 1024 * 1024],
  ["Event", 1024 * 1024],
] as const)("a payload of %s may have %i bytes, and no more", async (InvocationType, bytes) => {
  const { invoke, calls } = await serve();
  await invoke({ InvocationType, Payload: textOfBytes(bytes) });
  const tooLarge = await invoke({ InvocationType, Payload: textOfBytes(bytes + 1) }).catch(
    (error: unknown) => error,
  );
  expect(tooLarge).toBeInstanceOf(RequestTooLargeException);
  expect(tooLarge).toMatchObject({ $metadata: { httpStatusCode: 413 } });
  expect(calls).toHaveLength(1);
});

test("what Lambda refuses is refused", async () => {
  const { invoke, calls, url } = await serve();
  await expect(invoke({ Payload: "{" })).rejects.toBeInstanceOf(InvalidRequestContentException);
  await expect(invoke({ FunctionName: "watch:next", Qualifier: "1" })).rejects.toBeInstanceOf(
    InvalidParameterValueException,
  );
  const odd = invoke({ InvocationType: "Sometimes" as "Event" });
  await expect(odd).rejects.toThrow(
    "Expected X-Amz-Invocation-Type to be RequestResponse, Event or DryRun, got Sometimes.",
  );
  for (const path of ["/2015-03-31/functions/%E0%A4%A/invocations", "/2015-03-31/functions/"]) {
    expect((await fetch(`${url}${path}`, { method: "POST" })).status).toBe(404);
  }
  expect((await fetch(`${url}/2015-03-31/functions/watch/invocations`)).status).toBe(404);
  expect(calls).toEqual([]);
});

test("a client that goes away in the middle of its request does no harm", async () => {
  const { invoke, url } = await serve();
  const aborted = new AbortController();
  const body = new ReadableStream({
    pull() {
      aborted.abort();
    },
  });
  const options = { method: "POST", body, duplex: "half", signal: aborted.signal } as RequestInit;
  await expect(fetch(`${url}/2015-03-31/functions/watch/invocations`, options)).rejects.toThrow();
  expect(textOf(await invoke())).toBe("[1]");
});
