import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { inventOutputs } from "../../../local/program/invent-outputs.ts";
import { UNKNOWN } from "./check-inputs.ts";
import { type ResourceType, readResourceType } from "./declared-types.ts";
import { REPLACING_PROPERTIES } from "./replacing-properties.ts";

export type Properties = Readonly<Record<string, unknown>>;

const FUNCTION = "aws:lambda/function:Function";

/** What a function has but its versions have not, so that no new one is published for it. */
const NOT_IN_VERSIONS = ["reservedConcurrentExecutions", "tags"];

/** The properties that differ, and those among them that AWS cannot change on what there is. */
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

/** A new resource: an id that none had before, and the outputs that follow from it. */
export function createResource(
  type: string,
  name: string,
  inputs: Properties,
  region: string,
): { id: string; outputs: Properties } {
  const id = `${name}-${randomBytes(4).toString("hex")}`;
  const texts = Object.entries(resourceType(type).outputs)
    .filter(([, outputType]) => outputType === "string")
    .map(([property]) => [property, property === "region" ? region : `${property}-of-${id}`]);
  return {
    id,
    outputs: { ...Object.fromEntries(texts), ...inputs, ...inventOutputs(type, id, inputs, region) },
  };
}

/** What is known of a new resource before it is made: what it is given. */
export function previewResource(type: string, inputs: Properties): Properties {
  return { ...mapValues(resourceType(type).outputs, () => UNKNOWN), ...inputs };
}

/** A changed resource, which keeps its outputs; but a function that publishes gets a new version. */
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
      `Expected replacing-properties.ts to say which properties of ${type} replace it: add them.`,
    );
  const known = types.get(type) ?? readResourceType(type);
  types.set(type, known);
  return known;
}

/** Files and archives as their hash: the engine gives them back without their content. */
function byHash(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(byHash);
  if (typeof value !== "object" || value === null) return value;
  return "hash" in value && SIGNATURE in value ? value.hash : mapValues({ ...value }, byHash);
}

/** The key that tells an asset or an archive from a plain object. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function pick(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(keys.map((key) => [key, properties[key]]));
}
