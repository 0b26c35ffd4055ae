import { readNestedShape, readResourceType, type Shape } from "./declared-types.ts";

/** How the engine writes a value that is not known before the deployment; @pulumi/pulumi has it too, and is slow to load. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What is wrong with an input. */
export interface Failure {
  /** Its path: `vpcConfig.subnetIds`. */
  readonly property: string;
  readonly reason: string;
}

/**
 * The properties that the resource `token` does not have, and those that it must have and is not given, at any depth. The SDK itself
 * drops the former from the top, but not from what is nested.
 */
export function checkInputs(token: string, inputs: Readonly<Record<string, unknown>>): Failure[] {
  const [packageName = ""] = token.split(":");
  return checkObject(packageName, readResourceType(token).inputs, inputs, "");
}

function checkObject(packageName: string, shape: Shape, object: object, path: string): Failure[] {
  const given = Object.entries(object).filter(([, value]) => value !== undefined && value !== null);
  const missing = Object.entries(shape)
    .filter(([property, { isOptional }]) => !isOptional && !given.some(([name]) => name === property))
    .map(([property]) => ({ property: path + property, reason: `Expected ${path}${property} to be given.` }));
  const others = given.flatMap(([property, value]) => {
    const declared = shape[property];
    if (declared) return checkValue(packageName, declared.type, value, `${path}${property}.`);
    const names = Object.keys(shape).join(", ");
    return [{ property: path + property, reason: `Expected one of ${names}, got ${path}${property}.` }];
  });
  return [...missing, ...others];
}

/** Looks into what is declared as an object or a list of objects with a name of their own; maps are left alone. */
function checkValue(packageName: string, type: string, value: unknown, path: string): Failure[] {
  const name = /\binputs\.(\w+\.\w+)/.exec(type)?.[1];
  if (!name || value === UNKNOWN || type.includes("[key: string]")) return [];
  const shape = readNestedShape(packageName, name);
  const objects: unknown[] = Array.isArray(value) ? value : [value];
  return objects.flatMap((object) =>
    typeof object === "object" && object !== null ? checkObject(packageName, shape, object, path) : [],
  );
}
