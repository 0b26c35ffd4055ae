import { type DeclaredFiles, type DeclaredProgram, type DeclaredResource, UNKNOWN } from "./declared.ts";

/* Reads properties of declared resources. Reading an unknown value is an error with the names of resource and property. */

export function resourcesOfType(program: DeclaredProgram, type: string): readonly DeclaredResource[] {
  return program.resources.filter((resource) => resource.type === type);
}

/** The value of a property; `undefined` when it is not set. @throws {Error} when it is unknown. */
export function optional(resource: DeclaredResource, property: string): unknown {
  const value = resource.properties[property];
  if (isUnknown(value)) {
    throw new Error(
      `Expected ${property} of ${describe(resource)} to be known, got an unknown output. ` +
        "Add the output to emulator/program/synthesize-outputs.ts.",
    );
  }
  return value ?? undefined;
}

/** @throws {Error} when the property is not a string. */
export function text(resource: DeclaredResource, property: string): string {
  return expectType(resource, property, "string", optional(resource, property));
}

/** @throws {Error} when the property is not a number. */
export function number(resource: DeclaredResource, property: string): number {
  return expectType(resource, property, "number", optional(resource, property));
}

/** @throws {Error} when the property is set and not a list of strings. */
export function strings(resource: DeclaredResource, property: string): readonly string[] {
  const value = optional(resource, property) ?? [];
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be a list of strings, got ${JSON.stringify(value)}.`,
  );
}

/** An object property, in the form of a resource; `undefined` when it is not set. */
export function nested(resource: DeclaredResource, property: string): DeclaredResource | undefined {
  const value = optional(resource, property);
  if (value === undefined) return undefined;
  return { ...resource, name: `${resource.name}.${property}`, properties: value as Record<string, unknown> };
}

/** The files of an archive by path; an asset is one file with an empty path. */
export function files(resource: DeclaredResource, property: string): DeclaredFiles {
  return (optional(resource, property) ?? {}) as DeclaredFiles;
}

/**
 * Rejects properties that are not `served`: ignoring one would diverge from AWS silently.
 * @param where the file that serves the properties, for the message.
 * @throws {Error} with the names of the other properties.
 */
export function rejectUnsupported(
  resource: DeclaredResource,
  served: readonly string[],
  where: string,
): void {
  const others = Object.keys(resource.properties).filter(
    (property) => !served.includes(property) && (resource.properties[property] ?? undefined) !== undefined,
  );
  if (others.length === 0) return;
  throw new Error(
    `The local stack does not serve ${others.join(", ")} of ${describe(resource)}. Serve it in ${where}.`,
  );
}

/**
 * A whole number.
 * @throws {Error} when it is not in `least` to `most`, the range that AWS accepts.
 */
export function wholeNumber(
  resource: DeclaredResource,
  property: string,
  {
    least,
    most,
    defaultValue,
  }: { readonly least: number; readonly most: number; readonly defaultValue: number },
): number {
  const value = optional(resource, property) ?? defaultValue;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be a whole number from ${least} to ${most}, got ` +
      `${JSON.stringify(value)}.`,
  );
}

/** @throws {Error} when the property has another value. */
export function expectValue(
  resource: DeclaredResource,
  property: string,
  expected: string | number | boolean,
): void {
  const value = optional(resource, property);
  if (value === expected) return;
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be ${JSON.stringify(expected)}, got ` +
      `${JSON.stringify(value) ?? "none"}. The local stack serves no other value.`,
  );
}

export const describe = ({ type, name }: DeclaredResource): string => `${type} ${name}`;

interface Types {
  readonly string: string;
  readonly number: number;
}

function expectType<Type extends keyof Types>(
  resource: DeclaredResource,
  property: string,
  type: Type,
  value: unknown,
): Types[Type] {
  if (typeof value === type) return value as Types[Type];
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be a ${type}, got ${JSON.stringify(value)}.`,
  );
}

const isUnknown = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "unknown" in value && value.unknown === UNKNOWN.unknown;
