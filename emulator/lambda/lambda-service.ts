import type { Invocation, InvocationResult } from "../apigateway/model.ts";
import { type DeclaredFunction, qualifiers } from "../program/read-functions.ts";

/** Runs a function: its processes, whatever they are. */
export interface Runner {
  /** @param functionArn as it was called, with the qualifier: what the handler's context says. */
  invoke(
    event: unknown,
    functionArn: string,
  ): Promise<Extract<InvocationResult, { outcome: "returned" | "failed" }>>;
}

/** `arn:aws:lambda:{region}:{account}:function:{name}` and, behind another colon, the qualifier. */
const FUNCTION_ARN = /^(arn:aws:lambda:[^:]+:[^:]+:function:[^:]+)(?::([^:]+))?$/;

/**
 * Runs a function for API Gateway, as Lambda does: only when the ARN leads to a published version, and a permission that
 * the program declares lets exactly this source call exactly this qualifier.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
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
      `No permission lets ${sourceArn} call ${functionArn}: declare an aws.lambda.Permission for it.`,
    );
  }
  return await run(runners, fn, functionArn, event);
}

/**
 * Runs a function for who needs no permission of its resource policy: Lambda itself, polling a queue for it; Scheduler and
 * the callers of Invoke, who call by what a role allows.
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

/** The function that an ARN leads to, or why it leads to none. */
function findFunction(
  functions: readonly DeclaredFunction[],
  functionArn: string,
): { readonly fn: DeclaredFunction; readonly qualifier: string | undefined } | string {
  const [, arn, qualifier] = FUNCTION_ARN.exec(functionArn) ?? [];
  const fn = functions.find((candidate) => candidate.arn === arn);
  if (!fn) return `There is no function ${functionArn}.`;
  if (qualifier !== undefined && !qualifiers(fn).includes(qualifier)) {
    return `${fn.name} has no alias ${qualifier} for its version ${fn.version}.`;
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

/** Whether an ARN is one of those that a pattern with `*` and `?` means. */
function matchesArn(pattern: string, arn: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(arn);
}

const forbidden = (message: string): InvocationResult => ({ outcome: "forbidden", message });
