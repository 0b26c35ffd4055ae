import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { synthesizeOutputs } from "#emulator/program/synthesize-outputs.ts";
import { UNKNOWN } from "./check-inputs.ts";
import { type ResourceType, readResourceType } from "./declared-types.ts";
import { REPLACING_PROPERTIES } from "./replacing-properties.ts";

export type Properties = Readonly<Record<string, unknown>>;

const FUNCTION = "aws:lambda/function:Function";

/** Function settings that are not part of a version, so a change publishes none. */
const NOT_IN_VERSIONS = ["reservedConcurrentExecutions", "tags"];

/** The changed properties, and those of them that replace the resource. */
export function diffInputs(
  type: string,
  before: Properties,
  after: Properties,
): { changed: string[]; replaces: string[] } {
  const properties = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = properties.filter(
    (property) => !isDeepStrictEqual(byHash(before[property]), byHash(after[property])),
  );
  const replacing = REPLACING_PROPERTIES[type] ?? [];
  return { changed, replaces: changed.filter((property) => replacing.includes(property)) };
}

/** A new resource with a unique id and generated outputs. */
export function createResource(
  type: string,
  name: string,
  inputs: Properties,
  region: string,
): { id: string; outputs: Properties } {
  const id = `${name}-${randomBytes(4).toString("hex")}`;
  const strings = Object.entries(resourceType(type).outputs)
    .filter(([, outputType]) => outputType === "string")
    .map(([property]) => [property, property === "region" ? region : `${property}-of-${id}`]);
  return {
    id,
    outputs: { ...Object.fromEntries(strings), ...inputs, ...synthesizeOutputs(type, id, inputs, region) },
  };
}

/** A new resource before its creation: inputs are known, other outputs unknown. */
export function previewResource(type: string, inputs: Properties): Properties {
  return { ...mapValues(resourceType(type).outputs, () => UNKNOWN), ...inputs };
}

/** An updated resource: outputs are kept, except the version of a publishing function. */
export function updateResource(
  type: string,
  before: Properties,
  inputs: Properties,
  isPreview: boolean,
): Properties {
  const kept = Object.keys(resourceType(type).outputs).filter((property) => property in before);
  const outputs = { ...pick(before, kept), ...inputs };
  if (type !== FUNCTION || inputs["publish"] !== true) return outputs;
  const { changed } = diffInputs(type, pick(before, Object.keys(inputs)), inputs);
  if (changed.every((property) => NOT_IN_VERSIONS.includes(property))) return outputs;
  return { ...outputs, version: isPreview ? UNKNOWN : String(Number(before["version"]) + 1) };
}

const types = new Map<string, ResourceType>();

function resourceType(type: string): ResourceType {
  if (!(type in REPLACING_PROPERTIES))
    throw new Error(
      `Expected an entry for ${type} in replacing-properties.ts, got none. Add its ForceNew properties.`,
    );
  const cached = types.get(type) ?? readResourceType(type);
  types.set(type, cached);
  return cached;
}

/** Replaces files and archives by their hash, because the engine returns them without content. */
function byHash(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(byHash);
  if (typeof value !== "object" || value === null) return value;
  return "hash" in value && SIGNATURE in value ? value.hash : mapValues({ ...value }, byHash);
}

/** The key that marks an asset or archive in the wire format of the engine. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function pick(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(keys.map((key) => [key, properties[key]]));
}
