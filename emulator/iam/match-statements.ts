import type { Statement } from "./roles.ts";

/** Matches policy statements with calls. */
export interface StatementMatcher {
  /** Indexes of the `Allow` and `Deny` statements that match the action and the resource. */
  matching(action: string, resource: string): readonly number[];
  /**
   * Whether calls of one action without a context have the same outcome when {@link matching} is the same: no
   * statement has a policy variable, `NotAction` or `NotResource`.
   */
  readonly isCacheable: boolean;
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
    matching: (action, resource) =>
      matchers.flatMap(({ actions, resources }, index) =>
        actions.some((expression) => expression.test(action)) && resources.some((test) => test(resource))
          ? [index]
          : [],
      ),
    isCacheable: statements.every(isPlain),
  };
}

const isPlain = ({ Action, Resource }: Statement): boolean =>
  Action !== undefined &&
  Resource !== undefined &&
  list(Resource).every((pattern) => pattern === "*" || isPlainArn(pattern));

/**
 * Whether an ARN pattern has six parts, no variable, and no wildcard in the resource type (`function:`,
 * `log-group:`), where IAM accepts none:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html#arns-paths-wildcards
 */
const isPlainArn = (pattern: string): boolean =>
  /^arn(:[\w*?-]*){4}:([^*?:/]+[:/].*|[^:/]*)$/.test(pattern) && !pattern.includes("${");

/** Wildcards match within one colon-separated part, except in the sixth, which is also case-sensitive. */
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

/** The six parts of an ARN; the last can contain colons. */
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

const list = (values: string | readonly string[] = []): readonly string[] =>
  typeof values === "string" ? [values] : values;
