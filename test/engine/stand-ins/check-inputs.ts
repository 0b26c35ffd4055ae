import { readNestedShape, readResourceType, type Shape } from "./declared-types.ts";

/** The engine's placeholder for unknown values. Copied, because @pulumi/pulumi is slow to load. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** An invalid input. */
export interface Failure {
  /** Its path: `vpcConfig.subnetIds`. */
  readonly property: string;
  readonly reason: string;
}

/**
 * The unknown and the missing properties in the inputs of a resource, at any depth.
 * The SDK removes unknown properties itself at the top level, but not in nested objects.
 */
export function checkInputs(token: string, inputs: Readonly<Record<string, unknown>>): Failure[] {
  const [packageName = ""] = token.split(":");
  return checkObject(packageName, readResourceType(token).inputs, inputs, "");
}

function checkObject(packageName: string, shape: Shape, object: object, path: string): Failure[] {
  const present = Object.entries(object).filter(([, value]) => value !== undefined && value !== null);
  const missing = Object.entries(shape)
    .filter(([property, { isOptional }]) => !isOptional && !present.some(([name]) => name === property))
    .map(([property]) => ({ property: path + property, reason: `Expected ${path}${property}, got none.` }));
  const invalid = present.flatMap(([property, value]) => {
    const declared = shape[property];
    if (declared) return checkValue(packageName, declared.type, value, `${path}${property}.`);
    const names = Object.keys(shape).join(", ");
    return [{ property: path + property, reason: `Expected one of ${names}, got ${path}${property}.` }];
  });
  return [...missing, ...invalid];
}

/** Checks objects and lists of objects with a named type; maps are not checked. */
function checkValue(packageName: string, type: string, value: unknown, path: string): Failure[] {
  const name = /\binputs\.(\w+\.\w+)/.exec(type)?.[1];
  if (!name || value === UNKNOWN || type.includes("[key: string]")) return [];
  const shape = readNestedShape(packageName, name);
  const objects: unknown[] = Array.isArray(value) ? value : [value];
  return objects.flatMap((object) =>
    typeof object === "object" && object !== null ? checkObject(packageName, shape, object, path) : [],
  );
}
