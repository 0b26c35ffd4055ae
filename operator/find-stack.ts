import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { isInUse } from "#start/run-directory.ts";
import { CommandError, UsageError } from "./command.ts";
import { readDeployedOutputs } from "./pulumi.ts";

const PROJECT = join(import.meta.dirname, "..");

/** Addresses and credentials of a stack. */
export interface Stack {
  /** Display name, such as `the stack on this machine`. */
  readonly title: string;
  /** Value of `--stack`; `undefined` for a local stack and for the one selected in Pulumi. */
  readonly name?: string;
  readonly watchUrl: string;
  readonly publishUrl: string;
  readonly operateFunction: string;
  /** `undefined`: the region of the local AWS configuration. */
  readonly region: string | undefined;
  /** The local Lambda endpoint; `undefined`: AWS, with the default credential chain of the SDK. */
  readonly local?: {
    readonly lambdaUrl: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Bearer token for the publish URL. Not needed with open publish access. */
  readonly publishToken?: string;
  /** Ed25519 private key (PKCS8 PEM) that signs tokens, and their issuer claim. */
  readonly signingKey?: string;
  readonly tokenIssuer?: string;
}

const outputs = v.object({
  watchUrl: v.string(),
  publishUrl: v.string(),
  functionNames: v.object({ operate: v.string() }),
  publishToken: v.optional(v.string()),
  signingKey: v.optional(v.string()),
  tokenIssuer: v.optional(v.string()),
});

const localOutputs = v.object({
  ...outputs.entries,
  region: v.string(),
  endpoints: v.object({ lambda: v.string() }),
  credentials: v.optional(v.object({ accessKeyId: v.string(), secretAccessKey: v.string() })),
});

/** The command line options that select a stack. */
export interface StackChoice {
  readonly stack?: string | undefined;
  readonly directory?: string | undefined;
}

/**
 * The stack that runs on this machine, otherwise the deployed stack selected in Pulumi.
 * `stack` selects a deployed stack, `directory` a local one.
 * @throws {CommandError} when there is none.
 */
export async function findStack({ stack, directory }: StackChoice): Promise<Stack> {
  if (stack !== undefined && directory !== undefined) {
    throw new UsageError("Expected --stack (a deployed stack) or --directory (a local stack), got both.");
  }
  if (stack !== undefined) return await findDeployed(stack);
  const folder = directory ?? join(PROJECT, ".local");
  const local = findLocal(folder);
  if (local) return local;
  if (directory === undefined) return await findDeployed(undefined);
  throw new CommandError(
    `No stack is running in ${folder}. Start one: npm start -- --directory ${directory}`,
  );
}

/**
 * The stack that runs in a directory. Files left by a stopped stack are ignored.
 * @throws {CommandError} when a running stack has no outputs yet, or outputs of another program.
 */
function findLocal(folder: string): Stack | undefined {
  if (!isRunning(folder)) return undefined;
  const file = join(folder, "outputs.json");
  const text = readIfExists(file);
  if (text === undefined) {
    throw new CommandError(
      `Expected ${file}, but the stack in ${folder} is still starting or already stopping. ` +
        "Try again when npm start has printed the addresses, or select another stack with --stack or --directory.",
    );
  }
  const { success, output } = v.safeParse(localOutputs, parseJson(text));
  if (!success) {
    throw new CommandError(
      `Expected ${file} to contain watchUrl, publishUrl, functionNames, endpoints and region. ` +
        "Restart that stack, or select another one with --stack or --directory.",
    );
  }
  return {
    ...commonFields(output),
    title: "the stack on this machine",
    region: output.region,
    local: {
      lambdaUrl: output.endpoints.lambda,
      // Requests are signed in any case; a stack without credentials does not verify signatures.
      credentials: output.credentials ?? { accessKeyId: "local", secretAccessKey: "local" },
    },
  };
}

function isRunning(folder: string): boolean {
  try {
    return isInUse(folder);
  } catch (error) {
    throw new CommandError(
      `Could not check whether a stack runs in ${folder}: ${(error as Error).message}. ` +
        "Select one with --stack or --directory.",
    );
  }
}

async function findDeployed(name: string | undefined): Promise<Stack> {
  const { success, output } = v.safeParse(outputs, await readDeployedOutputs(name, PROJECT));
  const title = name === undefined ? "the deployed stack" : `the deployed stack ${name}`;
  if (!success) {
    throw new CommandError(
      `Expected ${title} to have the outputs watchUrl, publishUrl and functionNames. Deploy the stack: npm run up`,
    );
  }
  return {
    ...commonFields(output),
    title,
    ...(name !== undefined && { name }),
    region: regionOf(output.publishUrl) ?? regionOf(output.watchUrl) ?? process.env["AWS_REGION"],
  };
}

function commonFields({ watchUrl, publishUrl, functionNames, ...secrets }: v.InferOutput<typeof outputs>) {
  const { publishToken, signingKey, tokenIssuer } = secrets;
  return {
    watchUrl,
    publishUrl,
    operateFunction: functionNames.operate,
    ...(publishToken !== undefined && { publishToken }),
    ...(signingKey !== undefined && { signingKey }),
    ...(tokenIssuer !== undefined && { tokenIssuer }),
  };
}

/**
 * The region in an API Gateway host name.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-publish.html
 */
function regionOf(url: string): string | undefined {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return /\.execute-api\.([a-z0-9-]+)\./.exec(host)?.[1];
}

function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
