import { randomBytes } from "node:crypto";
import type { FunctionModel } from "./function-model.ts";

/** What a function cannot declare; https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. */
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

/**
 * Refuses a model that declares a variable which Lambda reserves, as CreateFunction does.
 *
 * @throws Error that names the variables.
 */
export function rejectReservedVariables({ name, environment }: FunctionModel): void {
  const refused = RESERVED.filter((key) => Object.hasOwn(environment, key));
  if (refused.length === 0) return;
  throw new Error(
    `Expected the environment of function ${name} to leave alone what Lambda reserves, got ${refused.join(", ")}. ` +
      "Choose another name for it: deploying would fail too.",
  );
}

/**
 * The whole environment of a process of `model`: what is declared, and what Lambda's Node runtime sets. Nothing of
 * this process's own gets in. Left out, because there is nothing behind them here: `PATH`, `LD_LIBRARY_PATH`,
 * `NODE_PATH`, `LAMBDA_RUNTIME_DIR`, `AWS_LAMBDA_RUNTIME_API`, `AWS_XRAY_*`. `_X_AMZN_TRACE_ID` comes with each request.
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
  // Here what stands for AWS has a certificate of its own; there the certificates of AWS are among those of Node.
  const { trustedCertificates: NODE_EXTRA_CA_CERTS } = model;
  return {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }),
    ...model.environment,
    ...reserved,
  };
}

/** A new log stream's name, in Lambda's form: `2026/11/21/[1]` and 32 hexadecimal digits. */
export function createLogStreamName(version: string): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[${version}]${randomBytes(16).toString("hex")}`;
}

/**
 * A new X-Ray trace header that says "not sampled", as a function without tracing gets it.
 *
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function createTraceHeader(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const root = `1-${seconds}-${randomBytes(12).toString("hex")}`;
  return `Root=${root};Parent=${randomBytes(8).toString("hex")};Sampled=0`;
}
