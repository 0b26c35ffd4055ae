import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

/** What the program is evaluated with: the project's name, the stack's, and all its configuration as Pulumi hands it over. */
export interface Configuration {
  readonly project: string;
  readonly stack: string;
  readonly region: string;
  /** By full key, `ticker-watch:stage`; what is no string is JSON. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The configuration that a stack has: Pulumi.yaml's defaults, over them the stack's own file, over that `overrides`.
 * @param overrides by key, with or without the project's name before it.
 * @throws {Error} for a key that Pulumi.yaml does not declare, and for a secret, which cannot be decrypted here.
 */
export async function readConfiguration(
  projectDirectory: string,
  stack: string,
  overrides: Readonly<Record<string, string>>,
): Promise<Configuration> {
  const project = await readYaml(join(projectDirectory, "Pulumi.yaml"));
  const stackFile = await readYaml(join(projectDirectory, `Pulumi.${stack}.yaml`));
  const name = String(project["name"]);
  const fullKey = (key: string) => (key.includes(":") ? key : `${name}:${key}`);

  const values = new Map<string, string>();
  const declared = new Set<string>();
  for (const [key, declaration] of Object.entries(asRecord(project["config"]))) {
    declared.add(fullKey(key));
    const { default: byDefault, value = byDefault } = asRecord(declaration);
    if (value !== undefined) values.set(fullKey(key), asText(value));
  }
  for (const [key, value] of Object.entries(asRecord(stackFile["config"]))) {
    const isGiven = Object.keys(overrides).some((given) => fullKey(given) === key);
    if (!isGiven && typeof value === "object" && value !== null && "secure" in value) {
      throw new Error(
        `Pulumi.${stack}.yaml keeps ${key} as a secret, which only Pulumi can decrypt. Give it to this run: --config ${key}=VALUE`,
      );
    }
    values.set(fullKey(key), asText(value));
  }
  for (const [key, value] of Object.entries(overrides)) {
    if (fullKey(key).startsWith(`${name}:`) && !declared.has(fullKey(key))) {
      const known = [...declared].map((full) => full.replace(`${name}:`, "")).join(", ");
      throw new Error(`Expected --config to name a key of Pulumi.yaml (${known}), got ${key}.`);
    }
    values.set(fullKey(key), value);
  }
  const region = values.get("aws:region");
  if (!region)
    throw new Error(
      `Expected aws:region to be set, in Pulumi.${stack}.yaml or by --config aws:region=us-east-1.`,
    );
  return { project: name, stack, region, values: Object.fromEntries(values) };
}

async function readYaml(path: string): Promise<Record<string, unknown>> {
  return asRecord(parse(await readFile(path, "utf8")));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
