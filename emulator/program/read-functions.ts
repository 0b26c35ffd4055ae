import type { DeclaredFiles, DeclaredProgram } from "./declared.ts";
import { describe, files, nested, optional, resourcesOfType, text } from "./properties.ts";

/** A Lambda function of the program. */
export interface DeclaredFunction {
  /** The logical name: `worker`. */
  readonly logicalName: string;
  readonly name: string;
  /** Without a qualifier. */
  readonly arn: string;
  readonly version: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly isInVpc: boolean;
  readonly code: DeclaredFiles;
  /** The version of each alias. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly permissions: readonly DeclaredPermission[];
}

/** A statement of a resource policy: a principal that may invoke the function, by which qualifier. */
export interface DeclaredPermission {
  readonly action: string;
  readonly principal: string;
  readonly qualifier: string | undefined;
  /** May contain `*`. */
  readonly sourceArn: string | undefined;
}

const FUNCTION = "aws:lambda/function:Function";
const ALIAS = "aws:lambda/alias:Alias";
const PERMISSION = "aws:lambda/permission:Permission";

/**
 * The functions of the program, with their aliases and permissions.
 * @throws {Error} for a runtime other than nodejs24.x.
 */
export function readFunctions(program: DeclaredProgram): readonly DeclaredFunction[] {
  return resourcesOfType(program, FUNCTION).map((fn) => {
    const name = text(fn, "name");
    const arn = text(fn, "arn");
    const refersToFunction = (value: unknown) => value === name || value === arn;
    if (text(fn, "runtime") !== "nodejs24.x") {
      throw new Error(
        `Expected runtime of ${describe(fn)} to be nodejs24.x, got ${text(fn, "runtime")}. The local ` +
          "stack serves no other.",
      );
    }
    const environment = nested(fn, "environment");
    const variables = environment && nested(environment, "variables");
    const logging = nested(fn, "loggingConfig");
    return {
      logicalName: fn.name,
      name,
      arn,
      version: text(fn, "version"),
      handler: text(fn, "handler"),
      // Defaults of Lambda: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
      timeoutSeconds: Number(optional(fn, "timeout") ?? 3),
      memoryMb: Number(optional(fn, "memorySize") ?? 128),
      environment: variables
        ? Object.fromEntries(Object.keys(variables.properties).map((key) => [key, text(variables, key)]))
        : {},
      logGroup: logging ? text(logging, "logGroup") : `/aws/lambda/${name}`,
      isInVpc: nested(fn, "vpcConfig") !== undefined,
      code: files(fn, "code"),
      aliases: new Map(
        resourcesOfType(program, ALIAS)
          .filter((alias) => refersToFunction(optional(alias, "functionName")))
          .map((alias) => [text(alias, "name"), text(alias, "functionVersion")]),
      ),
      permissions: resourcesOfType(program, PERMISSION)
        .filter((permission) => refersToFunction(optional(permission, "function")))
        .map((permission) => ({
          action: text(permission, "action"),
          principal: text(permission, "principal"),
          qualifier: optionalText(optional(permission, "qualifier")),
          sourceArn: optionalText(optional(permission, "sourceArn")),
        })),
    };
  });
}

/** The function with this ARN, unqualified or with one of its {@link qualifiers}; `undefined` when there is none. */
export function findCallable(
  functions: readonly DeclaredFunction[],
  functionArn: string,
): DeclaredFunction | undefined {
  return functions.find(
    (fn) =>
      functionArn === fn.arn || qualifiers(fn).some((qualifier) => functionArn === `${fn.arn}:${qualifier}`),
  );
}

/** The valid qualifiers of a function: its versions, and its aliases of an existing version. */
export function qualifiers({ version, aliases }: DeclaredFunction): readonly string[] {
  const valid = [...aliases].filter(([, aliased]) => aliased === version).map(([name]) => name);
  return [...valid, version, "$LATEST"];
}

const optionalText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
