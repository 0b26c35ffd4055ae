import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import aws from "@pulumi/aws/package.json" with { type: "json" };
import awsx from "@pulumi/awsx/package.json" with { type: "json" };
import tls from "@pulumi/tls/package.json" with { type: "json" };
import { type Run, readEvents, shortName } from "./pulumi-events.ts";

const PROJECT = join(import.meta.dirname, "..", "..");

/** The project files that `pulumi up` reads. */
const SOURCES = [
  "Pulumi.yaml",
  "Pulumi.dev.yaml",
  "package.json",
  "tsconfig.json",
  "index.ts",
  "client",
  "infra",
  "lambdas",
  "page",
  "protocol",
];

const MIB = 1024 * 1024;

const COMMAND_TIMEOUT_MS = 100_000;

/** The folder of the `pulumi` binary, from PULUMI_BIN_DIR or the PATH. */
export function findPulumi(): string | undefined {
  const folders = [process.env["PULUMI_BIN_DIR"] ?? "", ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders.find((folder) => folder !== "" && existsSync(join(folder, "pulumi")));
}

/** A resource in the state of the stack. */
export interface StateResource {
  /** `type::name`. */
  readonly resource: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Each as `type::name`. */
  readonly dependencies: readonly string[];
}

/**
 * A stack `dev` of a copy of the project, in a temporary folder with its state and a PULUMI_HOME that has the
 * stand-ins installed as provider plugins. It uses neither the user's stacks nor the network.
 */
export class PulumiStack {
  readonly #root: string;
  readonly #project: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(root: string, pulumiFolder: string) {
    this.#root = root;
    this.#project = join(root, "project");
    this.#env = {
      // The program runs under the same Node version.
      PATH: [dirname(process.execPath), pulumiFolder, process.env["PATH"] ?? ""].join(delimiter),
      HOME: root,
      TMPDIR: root,
      PULUMI_HOME: join(root, "home"),
      PULUMI_BACKEND_URL: `file://${root}`,
      PULUMI_CONFIG_PASSPHRASE: "open",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Prevents the download of the docker plugins, which awsx depends on and the program does not use.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // Makes preview print the same events as update.
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
    };
  }

  /** @param pulumiFolder from {@link findPulumi}. */
  static async create(pulumiFolder: string): Promise<PulumiStack> {
    const stack = new PulumiStack(await mkdtemp(join(tmpdir(), "pulumi-stack-")), pulumiFolder);
    for (const source of SOURCES) {
      await cp(join(PROJECT, source), join(stack.#project, source), { recursive: true });
    }
    await symlink(join(PROJECT, "node_modules"), join(stack.#project, "node_modules"));
    await stack.#install("aws", aws.version);
    await stack.#install("awsx", awsx.version);
    await stack.#install("tls", tls.version);
    await stack.#run("stack", "init", "dev");
    return stack;
  }

  async preview(): Promise<Run> {
    return readEvents(await this.#run("preview", "--json", "--skip-plugin-pre-install"));
  }

  /** @param config configuration by key without namespace; it persists. */
  async up(config: Readonly<Record<string, string>> = {}): Promise<Run> {
    const settings = Object.entries(config).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    const flags = ["--json", "--yes", "--skip-preview", "--skip-plugin-pre-install"];
    return readEvents(await this.#run("up", ...flags, ...settings));
  }

  async destroy(): Promise<Run> {
    return readEvents(await this.#run("destroy", "--json", "--yes", "--skip-preview"));
  }

  /** The resources in the exported state. */
  async state(): Promise<readonly StateResource[]> {
    const { deployment } = JSON.parse(await this.#run("stack", "export")) as {
      deployment: { resources?: ({ urn: string } & Partial<StateResource>)[] };
    };
    return (deployment.resources ?? []).map(
      ({ urn, id = "", inputs = {}, outputs = {}, dependencies = [] }) => ({
        resource: shortName(urn),
        id,
        inputs,
        outputs,
        dependencies: dependencies.map(shortName),
      }),
    );
  }

  /** Appends to a file of the copy. */
  async append(file: string, text: string): Promise<void> {
    await appendFile(join(this.#project, file), text);
  }

  /** Replaces text in a file of the copy. @throws {Error} if `from` does not occur exactly once. */
  async edit(file: string, from: string, to: string): Promise<void> {
    const path = join(this.#project, file);
    const parts = (await readFile(path, "utf8")).split(from);
    if (parts.length !== 2) throw new Error(`Expected one "${from}" in ${file}, got ${parts.length - 1}.`);
    await writeFile(path, parts.join(to));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true });
  }

  async #install(provider: string, version: string): Promise<void> {
    const folder = join(this.#env["PULUMI_HOME"] ?? "", "plugins", `resource-${provider}-v${version}`);
    const plugin = join(folder, `pulumi-resource-${provider}`);
    const standIn = join(import.meta.dirname, "stand-ins", `pulumi-resource-${provider}.ts`);
    await mkdir(folder, { recursive: true });
    await writeFile(plugin, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`);
    await chmod(plugin, 0o755);
  }

  /** @returns stdout. @throws {Error} with the messages and stderr if the command fails. */
  async #run(...args: string[]): Promise<string> {
    const limits = { maxBuffer: 256 * MIB, timeout: COMMAND_TIMEOUT_MS };
    const options = { cwd: this.#project, env: this.#env, ...limits };
    try {
      const { stdout } = await promisify(execFile)("pulumi", [...args, "--non-interactive"], options);
      return stdout;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      const output = stdout.startsWith("{") ? readEvents(stdout).messages.join("\n") : stdout;
      // No `cause`: it would repeat every event.
      throw new Error(`pulumi ${args[0]} failed:\n${output}\n${stderr}`.trim());
    }
  }
}
