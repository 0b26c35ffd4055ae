/**
 * A function process: loads the handler, then handles one request at a time. Error types and output have the
 * format of the Node.js runtime: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
import { existsSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import type { InvokeMessage, WorkerMessage } from "./worker-messages.ts";

type Handler = (event: unknown, context: object) => unknown;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6_291_556;

// Already used for loading; not set on Lambda.
delete process.env["NODE_COMPILE_CACHE"];

let requestId: string | undefined;

process.once("disconnect", () => process.exit(0));
process.on("uncaughtException", (error) => end("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
  const error = runtimeError("UnhandledPromiseRejection", String(reason), { reason });
  end("Unhandled Promise Rejection", error, 128);
});

const handler = await loadHandler(process.env["_HANDLER"] ?? "").catch((error: unknown) => {
  end("Uncaught Exception", error, 1);
});
if (handler) {
  process.on("message", (message: InvokeMessage) => {
    void serve(handler, message).then(send);
  });
  send({ kind: "ready" });
  flushCompileCache();
}

async function loadHandler(name: string): Promise<Handler> {
  const [, modulePath = "", exportName = ""] = /^([^.]+)\.(.+)$/.exec(name) ?? [];
  const file = [".js", ".mjs", ".cjs"]
    .map((extension) => resolve(`${modulePath}${extension}`))
    .find((path) => existsSync(path));
  if (!file) throw runtimeError("ImportModuleError", `Error: Cannot find module '${modulePath}'`);
  const module: Record<string, unknown> = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw error instanceof SyntaxError ? runtimeError("UserCodeSyntaxError", String(error)) : error;
  });
  const found = module[exportName];
  if (typeof found !== "function") {
    throw runtimeError("HandlerNotFound", `${name} is undefined or not exported`);
  }
  // The Node.js 24 runtime rejects handlers with a callback parameter.
  if (found.length >= 3) {
    throw runtimeError(
      "CallbackHandlerDeprecated",
      `${name} takes a callback: Node.js 24 requires a promise`,
    );
  }
  return found as Handler;
}

async function serve(handler: Handler, request: InvokeMessage): Promise<WorkerMessage> {
  requestId = request.requestId;
  process.env["_X_AMZN_TRACE_ID"] = request.traceId;
  try {
    const result = await handler(JSON.parse(request.event), createContext(request));
    // As in the runtime: an unhandled rejection fails this request and not the next one.
    await new Promise((resolve) => setImmediate(resolve));
    return returned(result);
  } catch (error) {
    print("Invoke Error", error);
    return { kind: "failed", ...describe(error) };
  } finally {
    requestId = undefined;
  }
}

function returned(result: unknown): WorkerMessage {
  // As on Lambda, undefined and functions become null.
  const payload = JSON.stringify(result) ?? "null";
  if (Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES) return { kind: "returned", payload };
  const message = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
  return { kind: "failed", errorType: "Function.ResponseSizeTooLarge", message };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html, without the fields for Cognito and mobile SDKs. */
function createContext({ requestId, invokedFunctionArn, deadlineMs }: InvokeMessage): object {
  return {
    awsRequestId: requestId,
    invokedFunctionArn,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function runtimeError(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), more, { name: `Runtime.${name}` });
}

function describe(error: unknown): { message: string; errorType: string } {
  if (error instanceof Error) return { message: error.message, errorType: error.name };
  return { message: String(error), errorType: typeof error };
}

/** `2026-11-21T02:00:00.000Z	{request id}	ERROR	Invoke Error 	{"errorType":…,"stack":[…]}`. */
function print(title: string, error: unknown): void {
  const line = format(title, `\t${toJson(error)}`);
  process.stderr.write(`${new Date().toISOString()}\t${requestId}\tERROR\t${line}\n`);
}

function toJson(error: unknown): string | undefined {
  try {
    return JSON.stringify(error, (_key, value: unknown) => {
      if (!(value instanceof Error)) return value;
      const { name, message, stack = "" } = value;
      return { errorType: name, errorMessage: message, ...value, stack: stack.split("\n") };
    });
  } catch {
    // Not serializable, for example because of a circular reference.
    return JSON.stringify(describe(error));
  }
}

function end(title: string, error: unknown, exitCode: number): void {
  print(title, error);
  send({ kind: "ended", ...describe(error) }, () => process.exit(exitCode));
}

function send(message: WorkerMessage, then: () => void = () => {}): void {
  process.send?.(message, undefined, undefined, then);
}
