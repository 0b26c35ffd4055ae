import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { parse } from "yaml";
import { mockOutputs, type Outputs } from "./mock-outputs.ts";

const PROJECT = join(import.meta.dirname, "..", "..");

/** A resource that a program declares. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  /** The parent resource, `type::name`; `the stack` for a resource without one. */
  readonly parent: string;
  /** The resource option `protect`. */
  readonly protect: boolean;
  /** The resource option `dependsOn`, each as `type::name`; dependencies through inputs are not included. */
  readonly dependsOn: readonly string[];
}

/** Resource inputs: outputs resolved, policies as JSON text, assets converted by {@link plain}. */
export type Inputs = Readonly<Record<string, unknown>>;

export interface DeclareOptions {
  /** Overrides of the defaults in Pulumi.yaml, by key without namespace. */
  readonly config?: Readonly<Record<string, string>>;
  /** Overrides of {@link mockOutputs}, by `type::name`. */
  readonly outputs?: Readonly<Record<string, Outputs>>;
}

/**
 * The resources that `program` declares under Pulumi's runtime mocks, and its return value with outputs
 * resolved.
 * @throws {Error} what the program throws. Later failures, inside an output or in the mocks (any call to
 * AWS), are unhandled rejections, which fail the vitest run.
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
      throw new Error(`Expected no call to AWS, got ${token}. Pass the value as an input.`);
    },
  };
  // In preview mode, an output without a mock stays unknown instead of becoming the string "undefined".
  await pulumi.runtime.setMocks(mocks, "ticker-watch", "test", true);
  let returned: unknown;
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts }) => {
      keys.set(resource, `${type}::${name}`);
      placements.set(`${type}::${name}`, {
        parent: (opts.parent && keys.get(opts.parent)) ?? "the stack",
        protect: opts.protect ?? false,
        dependsOn: toResources(opts.dependsOn).map((dependency) => keys.get(dependency) ?? "unknown"),
      });
      return undefined;
    });
    returned = await program();
    return undefined;
  });
  // Some registrations are still pending after the stack has run.
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

/** The program in index.ts, re-evaluated on each call; `outputs` are its exports. */
export function declareStack(options: DeclareOptions = {}): Promise<Program> {
  vi.resetModules();
  return declare(async () => ({ ...(await import("../../index.ts")) }), options);
}

/** Sets the configuration to the defaults in Pulumi.yaml and `overrides`, by key without namespace. */
export function setConfig(overrides: Readonly<Record<string, string>> = {}): void {
  const entries = Object.entries({ ...configDefaults(), ...overrides });
  pulumi.runtime.setAllConfig(
    Object.fromEntries(entries.map(([key, value]) => [`ticker-watch:${key}`, value])),
  );
}

/** The defaults in Pulumi.yaml as strings, as Pulumi passes them to the program. */
function configDefaults(): Record<string, string> {
  const { config } = readProjectFile() as { config: Record<string, { default: string | number | boolean }> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value.default)]));
}

export function readProjectFile(): unknown {
  return parse(readFileSync(join(PROJECT, "Pulumi.yaml"), "utf8"));
}

/** The declared resources, without the stack itself, and the return value of the program. */
export class Program {
  readonly resources: readonly Declared[];
  readonly outputs: unknown;

  constructor(resources: readonly Declared[], outputs: unknown) {
    this.resources = resources;
    this.outputs = outputs;
  }

  /** The resource of this type and name. @throws {Error} if there is not exactly one. */
  get(type: string, name: string): Declared {
    const found = this.all(type);
    const [one, ...others] = found.filter((resource) => resource.name === name);
    if (one && others.length === 0) return one;
    throw new Error(`Expected one ${type} named ${name}, got ${found.map((each) => each.name).join(", ")}.`);
  }

  inputs(type: string, name: string): Inputs {
    return this.get(type, name).inputs;
  }

  /** All resources of this type, sorted by name. */
  all(type: string): Declared[] {
    return this.resources
      .filter((resource) => resource.type === type)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The inputs of all resources of this type, by resource name. */
  inputsByName(type: string): Record<string, Inputs> {
    return Object.fromEntries(this.all(type).map(({ name, inputs }) => [name, inputs]));
  }
}

function toResources(dependencies: pulumi.ResourceOptions["dependsOn"]): pulumi.Resource[] {
  const list = Array.isArray(dependencies) ? dependencies : [dependencies];
  return list.filter((dependency) => pulumi.Resource.isInstance(dependency));
}

/** Text assets and bundles as text, source files as `file:{path}`, archives as a record of their entries. */
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

/** Internal API of Pulumi outputs; the public API cannot await one. */
interface Awaitable {
  promise(): Promise<unknown>;
}

function resolve(value: unknown): Promise<unknown> {
  return (pulumi.output(value) as unknown as Awaitable).promise();
}
