import type { Invocation, InvocationResult } from "../apigateway/model.ts";
import { type DeclaredFunction, qualifiers } from "../program/read-functions.ts";

/** Runs the code of a function. */
export interface Runner {
  /** @param functionArn with the qualifier of the caller, for the handler context. */
  invoke(
    event: unknown,
    functionArn: string,
  ): Promise<Extract<InvocationResult, { outcome: "returned" | "failed" }>>;
}

/** `arn:aws:lambda:{region}:{account}:function:{name}` with an optional `:{qualifier}`. */
const FUNCTION_ARN = /^(arn:aws:lambda:[^:]+:[^:]+:function:[^:]+)(?::([^:]+))?$/;

/**
 * Invokes a function for API Gateway. `forbidden` when the qualifier does not exist, or no declared
 * permission allows the source to invoke this qualifier.
 * https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 */
export async function invokeForApi(
  functions: readonly DeclaredFunction[],
  runners: ReadonlyMap<string, Runner>,
  { functionArn, sourceArn, event }: Invocation,
): Promise<InvocationResult> {
  const found = findFunction(functions, functionArn);
  if (typeof found === "string") return forbidden(found);
  const { fn, qualifier } = found;
  const isAllowed = fn.permissions.some(
    (permission) =>
      permission.action === "lambda:InvokeFunction" &&
      permission.principal === "apigateway.amazonaws.com" &&
      permission.qualifier === qualifier &&
      (permission.sourceArn === undefined || matchesArn(permission.sourceArn, sourceArn)),
  );
  if (!isAllowed) {
    return forbidden(
      `Expected a permission for ${sourceArn} to invoke ${functionArn}, got none. Declare an aws.lambda.Permission.`,
    );
  }
  return await run(runners, fn, functionArn, event);
}

/**
 * Invokes a function for callers that need no resource policy: event source mappings, schedules and the
 * Invoke API, which are authorized by roles.
 */
export async function invokeFunction(
  functions: readonly DeclaredFunction[],
  runners: ReadonlyMap<string, Runner>,
  functionArn: string,
  event: unknown,
): Promise<InvocationResult> {
  const found = findFunction(functions, functionArn);
  return typeof found === "string" ? forbidden(found) : await run(runners, found.fn, functionArn, event);
}

/** The function of an ARN, or an error message. */
function findFunction(
  functions: readonly DeclaredFunction[],
  functionArn: string,
): { readonly fn: DeclaredFunction; readonly qualifier: string | undefined } | string {
  const [, arn, qualifier] = FUNCTION_ARN.exec(functionArn) ?? [];
  const fn = functions.find((candidate) => candidate.arn === arn);
  if (!fn) return `Function not found: ${functionArn}`;
  if (qualifier !== undefined && !qualifiers(fn).includes(qualifier)) {
    return `Function ${fn.name} has no alias ${qualifier} for version ${fn.version}.`;
  }
  return { fn, qualifier };
}

async function run(
  runners: ReadonlyMap<string, Runner>,
  { arn, name }: DeclaredFunction,
  functionArn: string,
  event: unknown,
): Promise<InvocationResult> {
  return (await runners.get(arn)?.invoke(event, functionArn)) ?? forbidden(`${name} is not running.`);
}

/** Whether an ARN matches a pattern with the wildcards `*` and `?`. */
function matchesArn(pattern: string, arn: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(arn);
}

const forbidden = (message: string): InvocationResult => ({ outcome: "forbidden", message });
