import type { Invocation, InvocationResult } from "./gateway/model.ts";
import type { DeclaredFunction } from "./program/read-functions.ts";

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
  const [, arn, qualifier] = FUNCTION_ARN.exec(functionArn) ?? [];
  const fn = functions.find((candidate) => candidate.arn === arn);
  if (!fn) return forbidden(`There is no function ${functionArn}.`);
  if (qualifier !== undefined && fn.aliases.get(qualifier) !== fn.version) {
    return forbidden(`${fn.name} has no alias ${qualifier} for its version ${fn.version}.`);
  }
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
  return (await runners.get(fn.arn)?.invoke(event, functionArn)) ?? forbidden(`${fn.name} is not running.`);
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
