import { randomBytes } from "node:crypto";
import type { FunctionModel } from "./function-model.ts";

/** Variables that functions cannot declare: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RESERVED = [
  "_HANDLER",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_TASK_ROOT",
] as const;

/** @throws {Error} when a function declares reserved variables, as in CreateFunction. */
export function rejectReservedVariables({ name, environment }: FunctionModel): void {
  const reserved = RESERVED.filter((key) => Object.hasOwn(environment, key));
  if (reserved.length === 0) return;
  throw new Error(
    `Expected no reserved variables in the environment of function ${name}, got ${reserved.join(", ")}. ` +
      "Rename them, because Lambda rejects them too.",
  );
}

/**
 * The complete environment of a function process: declared variables and those of the Node.js runtime, except
 * paths, the Runtime API and X-Ray, which do not exist here. `_X_AMZN_TRACE_ID` is set for each request.
 */
export function createEnvironment(model: FunctionModel, logStream: string): Record<string, string> {
  const reserved: Record<(typeof RESERVED)[number], string> = {
    _HANDLER: model.handler,
    AWS_REGION: model.region,
    AWS_DEFAULT_REGION: model.region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_VERSION: model.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: model.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: model.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: model.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: model.credentials.sessionToken,
    LAMBDA_TASK_ROOT: model.codeDirectory,
  };
  // Local servers have a self-signed certificate; AWS certificates are in Node's default CA store.
  const { trustedCertificates: NODE_EXTRA_CA_CERTS } = model;
  return {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }),
    ...model.environment,
    ...reserved,
  };
}

/** A new log stream name in Lambda format: `2026/11/21/[1]` and 32 hexadecimal digits. */
export function createLogStreamName(version: string): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[${version}]${randomBytes(16).toString("hex")}`;
}

/**
 * A new X-Ray trace header with `Sampled=0`, as for functions without tracing.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function createTraceHeader(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const root = `1-${seconds}-${randomBytes(12).toString("hex")}`;
  return `Root=${root};Parent=${randomBytes(8).toString("hex")};Sampled=0`;
}
