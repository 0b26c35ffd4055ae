import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SessionCredentials } from "../iam/principals.ts";
import type { DeclaredFiles } from "../program/declared.ts";
import { type Origins, replaceOrigins } from "../program/origins.ts";
import type { DeclaredFunction } from "../program/read-functions.ts";
import { FunctionPool } from "./function-pool.ts";

export interface DeployOptions {
  readonly region: string;
  /** Directory of the Pulumi project, which contains the function sources. */
  readonly projectDirectory: string;
  /** The code of each function is written to a subdirectory of this one. */
  readonly directory: string;
  readonly origins: Origins;
  /** Overrides declared environment variables, in every function that declares them. */
  readonly environment: Readonly<Record<string, string>>;
  /** PEM file; see `FunctionModel`. */
  readonly trustedCertificates: string;
  /** @param functionArn without a qualifier. */
  readonly credentialsOf: (functionArn: string) => SessionCredentials;
  readonly onLog: (functionName: string, line: string) => void;
}

/**
 * The function pools, by unqualified ARN.
 * @throws {Error} when `environment` has a variable that no function declares, or a variable has an AWS host.
 */
export async function deployFunctions(
  functions: readonly DeclaredFunction[],
  options: DeployOptions,
): Promise<ReadonlyMap<string, FunctionPool>> {
  const { region, projectDirectory, directory, trustedCertificates, onLog } = options;
  rejectUndeclared(functions, options.environment);
  const deployed = functions.map(async (fn) => {
    const codeDirectory = join(directory, fn.logicalName);
    await writeCode(codeDirectory, fn.code, projectDirectory);
    const pool = new FunctionPool(
      {
        ...fn,
        region,
        environment: createLocalEnvironment(fn, options),
        codeDirectory,
        trustedCertificates,
        credentials: options.credentialsOf(fn.arn),
      },
      { onLog: (line) => onLog(fn.logicalName, line) },
    );
    return [fn.arn, pool] as const;
  });
  return new Map(await Promise.all(deployed));
}

function rejectUndeclared(
  functions: readonly DeclaredFunction[],
  environment: Readonly<Record<string, string>>,
): void {
  const declared = new Set(functions.flatMap((fn) => Object.keys(fn.environment)));
  const undeclared = Object.keys(environment).filter((name) => !declared.has(name));
  if (undeclared.length === 0) return;
  throw new Error(
    `Expected variables that functions declare (${[...declared].join(", ")}) in environment, ` +
      `got ${undeclared.join(", ")}.`,
  );
}

/** A URL with an AWS host that has no local replacement. */
const REMOTE_HOST = /[a-z]+:\/\/[^/]*\.(amazonaws\.com|api\.aws|cloudfront\.net)\b/;

function createLocalEnvironment(
  fn: DeclaredFunction,
  { origins, environment }: DeployOptions,
): Record<string, string> {
  const entries = Object.entries(fn.environment).map(([name, value]) => {
    const local = environment[name] ?? replaceOrigins(value, origins);
    const [remote] = REMOTE_HOST.exec(local) ?? [];
    if (remote) {
      throw new Error(
        `Expected ${name} of ${fn.logicalName} to have the URL of a locally served resource, got ${remote}.`,
      );
    }
    return [name, local];
  });
  return Object.fromEntries(entries);
}

/** Sets the `sourceRoot` of source maps, so that stack traces contain paths of the project. */
async function writeCode(directory: string, files: DeclaredFiles, projectDirectory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const written = Object.entries(files).map(async ([name, base64]) => {
    const content = Buffer.from(base64, "base64");
    const isMap = name.endsWith(".map");
    const mapped =
      isMap && JSON.stringify({ ...JSON.parse(content.toString()), sourceRoot: `${projectDirectory}/` });
    await writeFile(join(directory, name), mapped || content);
  });
  await Promise.all(written);
}
