import type { Statement } from "./roles.ts";

/** Tells which statements are about a call. */
export interface StatementMatcher {
  /** The statements, by index, whose actions and resources cover these. Of `Deny` as of `Allow`. */
  covering(action: string, resource: string): readonly number[];
  /**
   * Whether nothing but {@link covering} and its context tells two calls of one action apart: no statement has a variable,
   * or `NotAction` or `NotResource`.
   */
  readonly isDecisive: boolean;
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html#reference_policies_elements_resource-wildcards
 */
export function matchStatements(statements: readonly Statement[]): StatementMatcher {
  const matchers = statements.map((statement) => ({
    actions: list(statement.Action).map((pattern) => toExpression(pattern, "i")),
    resources: list(statement.Resource).map(toResourceTest),
  }));
  return {
    covering: (action, resource) =>
      matchers.flatMap(({ actions, resources }, index) =>
        actions.some((expression) => expression.test(action)) && resources.some((test) => test(resource))
          ? [index]
          : [],
      ),
    isDecisive: statements.every(isPlain),
  };
}

const isPlain = ({ Action, Resource }: Statement): boolean =>
  Action !== undefined &&
  Resource !== undefined &&
  list(Resource).every((pattern) => pattern === "*" || isPlainArn(pattern));

/**
 * An ARN that leaves no doubt about what it covers: six parts, no variable, and no wildcard in the name of the resource's
 * kind (`function:`, `log-group:`), where IAM takes none:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html#arns-paths-wildcards
 */
const isPlainArn = (pattern: string): boolean =>
  /^arn(:[\w*?-]*){4}:([^*?:/]+[:/].*|[^:/]*)$/.test(pattern) && !pattern.includes("${");

/** `*` and `?` reach no further than to the next colon, but in the last of the six parts, where case counts too. */
function toResourceTest(pattern: string): (resource: string) => boolean {
  if (pattern === "*") return () => true;
  const expressions = segments(pattern).map((segment, index) => toExpression(segment, index < 5 ? "i" : ""));
  return (resource) => {
    const parts = segments(resource);
    return (
      parts.length === expressions.length &&
      expressions.every((expression, index) => expression.test(parts[index] ?? ""))
    );
  };
}

/** The six parts of an ARN, of which the last may hold colons. */
function segments(arn: string): readonly string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

const toExpression = (pattern: string, flags: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    flags,
  );

const list = (texts: string | readonly string[] = []): readonly string[] =>
  typeof texts === "string" ? [texts] : texts;
