import { type DeclaredFiles, type DeclaredProgram, type DeclaredResource, UNKNOWN } from "./declared.ts";

/*
 * Reading what the program declared. Whatever is served must be known; reaching something that is not is an error that
 * names the resource and the property, since after a deploy it would be just as undefined.
 */

export function ofType(program: DeclaredProgram, type: string): readonly DeclaredResource[] {
  return program.resources.filter((resource) => resource.type === type);
}

/** A property, or `undefined` when it is not set. @throws {Error} when it is unknown. */
export function optional(resource: DeclaredResource, property: string): unknown {
  const value = resource.properties[property];
  if (isUnknown(value)) {
    throw new Error(
      `Expected ${property} of ${describe(resource)} to be known, but it depends on an output that is not invented. ` +
        "Add it to emulator/program/invent-outputs.ts.",
    );
  }
  return value ?? undefined;
}

/** @throws {Error} when the property is not a text. */
export function text(resource: DeclaredResource, property: string): string {
  return expectType(resource, property, "string", optional(resource, property));
}

/** @throws {Error} when the property is not a number. */
export function number(resource: DeclaredResource, property: string): number {
  return expectType(resource, property, "number", optional(resource, property));
}

export function texts(resource: DeclaredResource, property: string): readonly string[] {
  const value = optional(resource, property) ?? [];
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be a list of texts, got ${JSON.stringify(value)}.`,
  );
}

/** A property that holds properties, as if it were a resource; `undefined` when it is not set. */
export function nested(resource: DeclaredResource, property: string): DeclaredResource | undefined {
  const value = optional(resource, property);
  if (value === undefined) return undefined;
  return { ...resource, name: `${resource.name}.${property}`, properties: value as Record<string, unknown> };
}

/** The files of an archive by name; an asset is one file named "". */
export function files(resource: DeclaredResource, property: string): DeclaredFiles {
  return (optional(resource, property) ?? {}) as DeclaredFiles;
}

/**
 * Makes sure that a resource sets no other property than those that are `served`.
 * @param where the file that serves them: for the message.
 * @throws {Error} naming the others: to ignore one silently would make this machine lie.
 */
export function refuseOthers(resource: DeclaredResource, served: readonly string[], where: string): void {
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
 * @param byDefault when the property is not set.
 * @throws {Error} when it is outside of `least` to `most`, as AWS would refuse it.
 */
export function wholeNumber(
  resource: DeclaredResource,
  property: string,
  { least, most, byDefault }: { readonly least: number; readonly most: number; readonly byDefault: number },
): number {
  const value = optional(resource, property) ?? byDefault;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be ${least} to ${most}, got ${JSON.stringify(value)}.`,
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
