import type { DeclaredFiles, DeclaredProgram } from "./declared.ts";
import { describe, files, nested, ofType, optional, text } from "./properties.ts";

/** A Lambda as the program declares it. */
export interface DeclaredFunction {
  /** The logical name, `watch`. */
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
  /** The versions that its aliases stand for, by alias. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly permissions: readonly DeclaredPermission[];
}

/** Who may call a function, and by which qualifier. */
export interface DeclaredPermission {
  readonly action: string;
  readonly principal: string;
  readonly qualifier: string | undefined;
  /** May hold `*`. */
  readonly sourceArn: string | undefined;
}

const FUNCTION = "aws:lambda/function:Function";
const ALIAS = "aws:lambda/alias:Alias";
const PERMISSION = "aws:lambda/permission:Permission";

/** The functions of the program, with their aliases and with who may call them. */
export function readFunctions(program: DeclaredProgram): readonly DeclaredFunction[] {
  return ofType(program, FUNCTION).map((fn) => {
    const name = text(fn, "name");
    const arn = text(fn, "arn");
    const isThis = (value: unknown) => value === name || value === arn;
    if (text(fn, "runtime") !== "nodejs24.x") {
      throw new Error(`Expected ${describe(fn)} to run on nodejs24.x, which is what runs here.`);
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
      // Lambda's own defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
      timeoutSeconds: Number(optional(fn, "timeout") ?? 3),
      memoryMb: Number(optional(fn, "memorySize") ?? 128),
      environment: variables
        ? Object.fromEntries(Object.keys(variables.properties).map((key) => [key, text(variables, key)]))
        : {},
      logGroup: logging ? text(logging, "logGroup") : `/aws/lambda/${name}`,
      isInVpc: nested(fn, "vpcConfig") !== undefined,
      code: files(fn, "code"),
      aliases: new Map(
        ofType(program, ALIAS)
          .filter((alias) => isThis(optional(alias, "functionName")))
          .map((alias) => [text(alias, "name"), text(alias, "functionVersion")]),
      ),
      permissions: ofType(program, PERMISSION)
        .filter((permission) => isThis(optional(permission, "function")))
        .map((permission) => ({
          action: text(permission, "action"),
          principal: text(permission, "principal"),
          qualifier: optionalText(optional(permission, "qualifier")),
          sourceArn: optionalText(optional(permission, "sourceArn")),
        })),
    };
  });
}

/**
 * The function that an ARN leads to: with the name of an alias behind it, a version that it has, or neither. `undefined`
 * when it leads to none.
 */
export function findCallable(
  functions: readonly DeclaredFunction[],
  functionArn: string,
): DeclaredFunction | undefined {
  return functions.find(
    (fn) =>
      functionArn === fn.arn || qualifiers(fn).some((qualifier) => functionArn === `${fn.arn}:${qualifier}`),
  );
}

/** What may stand behind the ARN of a function: its aliases, that lead to a version that is there, and its versions. */
export function qualifiers({ version, aliases }: DeclaredFunction): readonly string[] {
  const alive = [...aliases].filter(([, aliased]) => aliased === version).map(([name]) => name);
  return [...alive, version, "$LATEST"];
}

const optionalText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
