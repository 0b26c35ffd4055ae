import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { isInUse } from "#start/run-directory.ts";
import { CommandError, UsageError } from "./command.ts";
import { readDeployedOutputs } from "./pulumi.ts";

const PROJECT = join(import.meta.dirname, "..");

/** Where a stack's doors are, and the keys to them. */
export interface Stack {
  /** For a person: `the stack on this machine`. */
  readonly title: string;
  /** Of a deployed one, as `--stack` names it; `undefined`: the one that Pulumi has selected. */
  readonly name?: string;
  readonly watchUrl: string;
  readonly publishUrl: string;
  readonly operateFunction: string;
  /** `undefined`: what the AWS configuration of this machine says. */
  readonly region: string | undefined;
  /** Where Lambda is on this machine; `undefined`: at AWS, with the credentials that the SDK finds. */
  readonly local?: {
    readonly lambdaUrl: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Lets its bearer publish; a stack that anybody may publish to needs none. */
  readonly publishToken?: string;
  /** PKCS8 PEM of the Ed25519 key that signs tokens, and who they say has issued them. */
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

/** As of the options of the command line. */
export interface Wanted {
  readonly stack?: string | undefined;
  readonly directory?: string | undefined;
}

/**
 * The stack that is running on this machine, else the deployed one that Pulumi has selected. A name forces the deployed
 * stack of that name, a folder the one that is running there.
 * @throws {CommandError} when there is none.
 */
export async function findStack({ stack, directory }: Wanted): Promise<Stack> {
  if (stack !== undefined && directory !== undefined) {
    throw new UsageError(
      "Expected --stack for a deployed stack or --directory for one on this machine, got both.",
    );
  }
  if (stack !== undefined) return await findDeployed(stack);
  const folder = directory ?? join(PROJECT, ".local");
  const local = findLocal(folder);
  if (local) return local;
  if (directory === undefined) return await findDeployed(undefined);
  throw new CommandError(
    `No stack is running from ${folder}. Start one with: npm start -- --directory ${directory}`,
  );
}

/**
 * The stack that runs in a directory. Files that an ended stack has left there do not count.
 * @throws {CommandError} when a running stack has no outputs yet, or outputs of another program.
 */
function findLocal(folder: string): Stack | undefined {
  if (!isRunning(folder)) return undefined;
  const file = join(folder, "outputs.json");
  const text = readIfThere(file);
  if (text === undefined) {
    throw new CommandError(
      `Expected ${file}, but the stack in ${folder} is still starting or already stopping. ` +
        "Try again when npm start has printed the addresses, or choose another stack with --stack or --directory.",
    );
  }
  const { success, output } = v.safeParse(localOutputs, parseJson(text));
  if (!success) {
    throw new CommandError(
      `Expected ${file} to be what npm start writes, with watchUrl, publishUrl, functionNames, endpoints and region. ` +
        "Stop that stack and start it again, or choose another with --stack or --directory.",
    );
  }
  return {
    ...common(output),
    title: "the stack on this machine",
    region: output.region,
    local: {
      lambdaUrl: output.endpoints.lambda,
      // A signature needs some; where nobody checks it, any do.
      credentials: output.credentials ?? { accessKeyId: "local", secretAccessKey: "local" },
    },
  };
}

function isRunning(folder: string): boolean {
  try {
    return isInUse(folder);
  } catch (error) {
    throw new CommandError(
      `Could not check whether a stack runs in ${folder}: ${(error as Error).message}. Choose one with --stack or --directory.`,
    );
  }
}

async function findDeployed(name: string | undefined): Promise<Stack> {
  const { success, output } = v.safeParse(outputs, await readDeployedOutputs(name, PROJECT));
  const title = name === undefined ? "the deployed stack" : `the deployed stack ${name}`;
  if (!success) {
    throw new CommandError(
      `Expected ${title} to have the outputs watchUrl, publishUrl and functionNames. Deploy it, or deploy it again: npm run up`,
    );
  }
  return {
    ...common(output),
    title,
    ...(name !== undefined && { name }),
    region: regionOf(output.publishUrl) ?? regionOf(output.watchUrl) ?? process.env["AWS_REGION"],
  };
}

function common({ watchUrl, publishUrl, functionNames, ...secrets }: v.InferOutput<typeof outputs>) {
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

/** API Gateway hosts name the region: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-publish.html */
function regionOf(url: string): string | undefined {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return /\.execute-api\.([a-z0-9-]+)\./.exec(host)?.[1];
}

function readIfThere(file: string): string | undefined {
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
