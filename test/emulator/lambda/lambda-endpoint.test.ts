/* The Lambda endpoint, called with the AWS SDK. Does not prove the responses of Lambda. */
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
import { ALLOW_ALL } from "../iam/allow-all.ts";

type Call = readonly [functionArn: string, event: unknown];

/** An endpoint with one function that returns `result`, and the recorded calls. */
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

const payloadOf = ({ Payload }: InvokeCommandOutput) => Buffer.from(Payload ?? []).toString();

test("Invoke returns the payload and the executed version", async () => {
  const { invoke, calls } = await serve({ outcome: "returned", payload: { price: 2400, name: "ü" } });
  const response = await invoke({ Payload: '{"n":1}', Qualifier: "next" });
  expect(payloadOf(response)).toBe('{"price":2400,"name":"ü"}');
  expect(response).toMatchObject({ StatusCode: 200, ExecutedVersion: "1" });
  expect(response.FunctionError).toBeUndefined();
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
])(
  "Invoke finds the function by the name %s and the qualifier %s",
  async (FunctionName, Qualifier, suffix, version) => {
    const { invoke, calls } = await serve();
    expect(await invoke({ FunctionName, Qualifier })).toMatchObject({ ExecutedVersion: version });
    expect(calls).toEqual([[`${FUNCTION_ARN}${suffix}`, {}]]);
  },
);

test.each([
  ["other", undefined, "other"],
  ["watch", "stale", "watch:stale"],
  ["watch:none", undefined, "watch:none"],
  [FUNCTION_ARN.replace("us-east-1", "eu-west-1"), undefined, FUNCTION_ARN.replace("us-east-1", "eu-west-1")],
  ["999999999999:function:watch", undefined, "999999999999:function:watch"],
])(
  "Invoke of the unknown function %s with the qualifier %s returns 404",
  async (FunctionName, Qualifier, name) => {
    const { invoke, calls } = await serve();
    const failure = await invoke({ FunctionName, Qualifier }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResourceNotFoundException);
    expect(failure).toMatchObject({
      message: `Function not found: ${name}`,
      $metadata: { httpStatusCode: 404 },
    });
    expect(calls).toEqual([]);
  },
);

test("Invoke of a failing function returns 200 with FunctionError and the error payload", async () => {
  const { invoke } = await serve({
    outcome: "failed",
    message: "Task timed out",
    errorType: "Sandbox.Timedout",
  });
  const response = await invoke({ Qualifier: "next" });
  expect(response).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "1" });
  expect(JSON.parse(payloadOf(response))).toEqual({
    errorType: "Sandbox.Timedout",
    errorMessage: "Task timed out",
  });
});

test("Invoke with type Event returns 202 before the function has finished", async () => {
  const { promise, resolve } = Promise.withResolvers<InvocationResult>();
  const { invoke, calls } = await serve(promise);
  const response = await invoke({ InvocationType: "Event", Payload: "[]" });
  expect([response.StatusCode, payloadOf(response)]).toEqual([202, ""]);
  expect(calls).toEqual([[FUNCTION_ARN, []]]);
  resolve({ outcome: "returned", payload: null });
});

test("Invoke with type DryRun checks that the function exists and does not invoke it", async () => {
  const { invoke, calls } = await serve();
  expect(await invoke({ InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204 });
  const missing = invoke({ InvocationType: "DryRun", FunctionName: "other" });
  await expect(missing).rejects.toBeInstanceOf(ResourceNotFoundException);
  expect(calls).toEqual([]);
});

const payloadOfSize = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));

test.each([
  ["RequestResponse", 6 * 1024 * 1024],
  ["Event", 1024 * 1024],
] as const)(
  "Invoke with type %s accepts %i bytes and returns 413 for one byte more",
  async (InvocationType, bytes) => {
    const { invoke, calls } = await serve();
    await invoke({ InvocationType, Payload: payloadOfSize(bytes) });
    const tooLarge = await invoke({ InvocationType, Payload: payloadOfSize(bytes + 1) }).catch(
      (error: unknown) => error,
    );
    expect(tooLarge).toBeInstanceOf(RequestTooLargeException);
    expect(tooLarge).toMatchObject({ $metadata: { httpStatusCode: 413 } });
    expect(calls).toHaveLength(1);
  },
);

test("Invoke with invalid JSON, type, qualifier or path returns the error of Lambda", async () => {
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

test("the Lambda endpoint still responds after a client has disconnected during its request", async () => {
  const { invoke, url } = await serve();
  const aborted = new AbortController();
  const body = new ReadableStream({
    pull() {
      aborted.abort();
    },
  });
  const options = { method: "POST", body, duplex: "half", signal: aborted.signal } as RequestInit;
  await expect(fetch(`${url}/2015-03-31/functions/watch/invocations`, options)).rejects.toThrow();
  expect(payloadOf(await invoke())).toBe("[1]");
});
