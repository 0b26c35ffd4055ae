import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

/** The project, the stack and its configuration in Pulumi's format. */
export interface Configuration {
  readonly project: string;
  readonly stack: string;
  readonly region: string;
  /** By full key, such as `aws:region`; values other than strings are JSON. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The configuration of a stack: defaults of Pulumi.yaml, overridden by the file of the stack, overridden by `overrides`.
 * @param overrides by key, with or without the project name as prefix.
 * @throws {Error} for a key that Pulumi.yaml does not declare, for a secret without an override, and without `aws:region`.
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
    const { default: defaultValue, value = defaultValue } = asRecord(declaration);
    if (value !== undefined) values.set(fullKey(key), asText(value));
  }
  for (const [key, value] of Object.entries(asRecord(stackFile["config"]))) {
    const isOverridden = Object.keys(overrides).some((override) => fullKey(override) === key);
    if (!isOverridden && typeof value === "object" && value !== null && "secure" in value) {
      throw new Error(
        `Expected ${key} in Pulumi.${stack}.yaml to be plain text, got a secret, which only Pulumi can ` +
          `decrypt. Pass it with --config ${key}=VALUE.`,
      );
    }
    values.set(fullKey(key), asText(value));
  }
  for (const [key, value] of Object.entries(overrides)) {
    if (fullKey(key).startsWith(`${name}:`) && !declared.has(fullKey(key))) {
      const keys = [...declared].map((full) => full.replace(`${name}:`, "")).join(", ");
      throw new Error(`Expected --config to name a key of Pulumi.yaml (${keys}), got ${key}.`);
    }
    values.set(fullKey(key), value);
  }
  const region = values.get("aws:region");
  if (!region)
    throw new Error(
      `Expected aws:region in the configuration, got none. Set it in Pulumi.${stack}.yaml or with ` +
        "--config aws:region=us-east-1.",
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
