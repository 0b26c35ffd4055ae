import * as v from "valibot";

/** What a Lambda authorizer of a WebSocket API answers. */
export interface PolicyAnswer {
  readonly principalId: string;
  readonly statements: readonly Statement[];
  /** What later events are to carry. */
  readonly context: Readonly<Record<string, string | number | boolean>>;
}

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

const OneOrMore = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((one) => [one]),
  ),
]);

/** Strict: a `Condition`, a `NotAction` or a `NotResource` that nobody looks at would let in whom AWS keeps out. */
const StatementSchema = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(["Allow", "Deny"]),
  Action: OneOrMore,
  Resource: OneOrMore,
});

const AnswerSchema = v.object({
  principalId: v.string(),
  policyDocument: v.object({
    Statement: v.union([
      v.array(StatementSchema),
      v.pipe(
        StatementSchema,
        v.transform((one) => [one]),
      ),
    ]),
  }),
  context: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
});

/**
 * The answer, or `undefined` when it is malformed. AWS wants `principalId` and `policyDocument`, and in `context` neither
 * objects nor lists.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 *
 * Stricter than AWS: statements with `Condition`, `NotAction` or `NotResource` are not served here, and malformed.
 */
export function parsePolicyAnswer(payload: unknown): PolicyAnswer | undefined {
  const { success, output } = v.safeParse(AnswerSchema, payload);
  if (!success) return undefined;
  const { principalId, policyDocument, context } = output;
  return { principalId, statements: policyDocument.Statement, context };
}

const INVOKE = "execute-api:Invoke";

/**
 * Whether a policy lets `execute-api:Invoke` be done to the resource: by at least one Allow, and without any Deny.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export function allowsInvoke(statements: readonly Statement[], resourceArn: string): boolean {
  const effects = statements
    .filter(({ Action }) => Action.some((pattern) => matches(pattern.toLowerCase(), INVOKE.toLowerCase())))
    .filter(({ Resource }) => Resource.some((pattern) => matchesArn(pattern, resourceArn)))
    .map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

/**
 * A wildcard stays within its segment, between two colons; only `*` alone means all.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const patterns = pattern.split(":");
  const segments = arn.split(":");
  return (
    patterns.length === segments.length &&
    segments.every((segment, at) => matches(patterns[at] ?? "", segment))
  );
}

/** Whether `*`, any characters or none, and `?`, just one, make the pattern fit. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(text);
}
