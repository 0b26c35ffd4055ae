import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SessionCredentials } from "../iam/principals.ts";
import type { DeclaredFiles } from "../program/declared.ts";
import { type Origins, replaceOrigins } from "../program/origins.ts";
import type { DeclaredFunction } from "../program/read-functions.ts";
import { FunctionPool } from "./function-pool.ts";

export interface DeployOptions {
  readonly region: string;
  /** The Pulumi project, where the functions' sources are. */
  readonly projectDirectory: string;
  /** Where the functions' code is written, each in a folder of its own. */
  readonly directory: string;
  readonly origins: Origins;
  /** Values over the declared ones, for each function that declares the variable. */
  readonly environment: Readonly<Record<string, string>>;
  /** A PEM file: see `FunctionModel`. */
  readonly trustedCertificates: string;
  /** @param functionArn without a qualifier. */
  readonly credentialsOf: (functionArn: string) => SessionCredentials;
  readonly onLog: (functionName: string, line: string) => void;
}

/**
 * The functions, ready to be called: by ARN.
 * @throws {Error} when `environment` has a variable that no function declares.
 */
export async function deployFunctions(
  functions: readonly DeclaredFunction[],
  options: DeployOptions,
): Promise<ReadonlyMap<string, FunctionPool>> {
  const { region, projectDirectory, directory, trustedCertificates, onLog } = options;
  refuseUndeclared(functions, options.environment);
  const deployed = functions.map(async (fn) => {
    const codeDirectory = join(directory, fn.logicalName);
    await writeCode(codeDirectory, fn.code, projectDirectory);
    const pool = new FunctionPool(
      {
        ...fn,
        region,
        environment: localEnvironment(fn, options),
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

function refuseUndeclared(
  functions: readonly DeclaredFunction[],
  environment: Readonly<Record<string, string>>,
): void {
  const declared = new Set(functions.flatMap((fn) => Object.keys(fn.environment)));
  const strange = Object.keys(environment).filter((name) => !declared.has(name));
  if (strange.length === 0) return;
  throw new Error(
    `Expected environment to name variables that functions declare (${[...declared].join(", ")}), got ${strange.join(", ")}.`,
  );
}

/** What could only be reached over the network: a name of AWS's that stands for nothing on this machine. */
const REMOTE_HOST = /[a-z]+:\/\/[^/]*\.(amazonaws\.com|api\.aws|cloudfront\.net)\b/;

function localEnvironment(
  fn: DeclaredFunction,
  { origins, environment }: DeployOptions,
): Record<string, string> {
  const entries = Object.entries(fn.environment).map(([name, value]) => {
    const local = environment[name] ?? replaceOrigins(value, origins);
    const [remote] = REMOTE_HOST.exec(local) ?? [];
    if (remote)
      throw new Error(`Expected ${name} of ${fn.logicalName} to name what is served here, got ${remote}.`);
    return [name, local];
  });
  return Object.fromEntries(entries);
}

/** The code as declared, but for its source map, which is told where the sources are: stacks then lead to them. */
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
