import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { parse } from "yaml";
import { mockOutputs, type Outputs } from "./mock-outputs.ts";

const PROJECT = join(import.meta.dirname, "..", "..");

/** One resource of a program. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  /** The resource that it was made a child of, `type::name`; the stack itself for one without. */
  readonly parent: string;
  /** Whether the options ask Pulumi to refuse the deletion. */
  readonly protect: boolean;
  /** What the options make it wait for, each as `type::name`, besides what its inputs are made of. */
  readonly dependsOn: readonly string[];
}

/** Of a resource: outputs resolved, policies still text, assets as {@link plain} shows them. */
export type Inputs = Readonly<Record<string, unknown>>;

export interface DeclareOptions {
  /** Configuration over Pulumi.yaml's defaults, by bare key. */
  readonly config?: Readonly<Record<string, string>>;
  /** Outputs and ids in place of those of {@link mockOutputs}, by `type::name`. */
  readonly outputs?: Readonly<Record<string, Outputs>>;
}

/**
 * The resources that `program` declares under Pulumi's runtime mocks, together with what it returns, outputs resolved.
 * @throws {Error} what the program throws. What fails later, inside an output or in the mocks (which answer no question to AWS,
 * since the program asks none), is an unhandled rejection: vitest reports it and fails the run.
 */
export async function declare(program: () => unknown, options: DeclareOptions = {}): Promise<Program> {
  const resources: Omit<Declared, "parent" | "protect" | "dependsOn">[] = [];
  const placements = new Map<string, Pick<Declared, "parent" | "protect" | "dependsOn">>();
  const keys = new Map<pulumi.Resource, string>();

  setConfig(options.config);
  const mocks: pulumi.runtime.Mocks = {
    newResource({ type, name, inputs }) {
      resources.push({ type, name, inputs });
      const { id, ...outputs } = {
        ...mockOutputs(type, name, inputs),
        ...options.outputs?.[`${type}::${name}`],
      };
      return { id: String(id), state: { ...inputs, ...outputs } };
    },
    call({ token }) {
      throw new Error(`Expected the program to ask AWS for nothing, but it calls ${token}.`);
    },
  };
  // As a preview: an output that the mocks do not give stays unknown, instead of turning into the text "undefined".
  await pulumi.runtime.setMocks(mocks, "ticker-watch", "test", true);
  let returned: unknown;
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts }) => {
      keys.set(resource, `${type}::${name}`);
      placements.set(`${type}::${name}`, {
        parent: (opts.parent && keys.get(opts.parent)) ?? "the stack",
        protect: opts.protect ?? false,
        dependsOn: listed(opts.dependsOn).map((dependency) => keys.get(dependency) ?? "unknown"),
      });
      return undefined;
    });
    returned = await program();
    return undefined;
  });
  // When the stack has run, some registrations are still under way.
  await pulumi.runtime.disconnect();

  const declared = await Promise.all(
    resources
      .filter(({ type }) => type !== "pulumi:pulumi:Stack")
      .map(async ({ type, name, inputs }) => ({
        type,
        name,
        inputs: (await plain(inputs)) as Inputs,
        ...(placements.get(`${type}::${name}`) ?? { parent: "unknown", protect: false, dependsOn: [] }),
      })),
  );
  return new Program(declared, await resolve(returned));
}

/** What index.ts declares, evaluated anew; `outputs` are its exports. */
export function declareStack(options: DeclareOptions = {}): Promise<Program> {
  vi.resetModules();
  return declare(async () => ({ ...(await import("../../index.ts")) }), options);
}

/** Sets the whole configuration: Pulumi.yaml's defaults, and over them `overrides` by bare key. */
export function setConfig(overrides: Readonly<Record<string, string>> = {}): void {
  const entries = Object.entries({ ...configDefaults(), ...overrides });
  pulumi.runtime.setAllConfig(
    Object.fromEntries(entries.map(([key, value]) => [`ticker-watch:${key}`, value])),
  );
}

/** Of Pulumi.yaml, by bare key, as the text that Pulumi hands to the program. */
function configDefaults(): Record<string, string> {
  const { config } = readProjectFile() as { config: Record<string, { default: string | number | boolean }> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value.default)]));
}

/** Pulumi.yaml. */
export function readProjectFile(): unknown {
  return parse(readFileSync(join(PROJECT, "Pulumi.yaml"), "utf8"));
}

/** What was declared, the stack itself left out, and what the program returned. */
export class Program {
  readonly resources: readonly Declared[];
  readonly outputs: unknown;

  constructor(resources: readonly Declared[], outputs: unknown) {
    this.resources = resources;
    this.outputs = outputs;
  }

  /** The one resource of that type and name. @throws {Error} when there is none, or more than one. */
  get(type: string, name: string): Declared {
    const found = this.all(type);
    const [one, ...others] = found.filter((resource) => resource.name === name);
    if (one && others.length === 0) return one;
    throw new Error(`Expected one ${type} named ${name}, got ${found.map((each) => each.name).join(", ")}.`);
  }

  /** The inputs of the one resource of that type and name. */
  inputs(type: string, name: string): Inputs {
    return this.get(type, name).inputs;
  }

  /** All of that type, by name. */
  all(type: string): Declared[] {
    return this.resources
      .filter((resource) => resource.type === type)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The inputs of all of that type, by name of the resource. */
  inputsByName(type: string): Record<string, Inputs> {
    return Object.fromEntries(this.all(type).map(({ name, inputs }) => [name, inputs]));
  }
}

function listed(dependencies: pulumi.ResourceOptions["dependsOn"]): pulumi.Resource[] {
  const list = Array.isArray(dependencies) ? dependencies : [dependencies];
  return list.filter((dependency) => pulumi.Resource.isInstance(dependency));
}

/** Text assets and what was bundled as their text, sources as `file:` and their path, archives as a record of both. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof pulumi.asset.StringAsset) return await value.text;
  if (value instanceof pulumi.asset.FileAsset) {
    const path = await value.path;
    const inProject = relative(PROJECT, path);
    return inProject.startsWith("node_modules") ? readFileSync(path, "utf8") : `file:${inProject}`;
  }
  if (value instanceof pulumi.asset.AssetArchive) return await plain(await value.assets);
  if (Array.isArray(value)) return await Promise.all(value.map(plain));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, entry]) => [key, await plain(entry)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** What the SDK itself asks an output for; its public face has no way to wait. */
interface Awaitable {
  promise(): Promise<unknown>;
}

function resolve(value: unknown): Promise<unknown> {
  return (pulumi.output(value) as unknown as Awaitable).promise();
}
