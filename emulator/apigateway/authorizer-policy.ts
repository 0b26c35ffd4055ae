import * as v from "valibot";

/** The response of a WebSocket API's Lambda authorizer. */
export interface PolicyResponse {
  readonly principalId: string;
  readonly statements: readonly PolicyStatement[];
  /** Added to `requestContext.authorizer` of later events. */
  readonly context: Readonly<Record<string, string | number | boolean>>;
}

interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

const StringListSchema = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((value) => [value]),
  ),
]);

/** Strict: ignoring `Condition`, `NotAction` or `NotResource` could allow requests that AWS denies. */
const StatementSchema = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(["Allow", "Deny"]),
  Action: StringListSchema,
  Resource: StringListSchema,
});

const ResponseSchema = v.object({
  principalId: v.string(),
  policyDocument: v.object({
    Statement: v.union([
      v.array(StatementSchema),
      v.pipe(
        StatementSchema,
        v.transform((statement) => [statement]),
      ),
    ]),
  }),
  context: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
});

/**
 * The parsed response; `undefined` when `principalId` or `policyDocument` is missing, `context` contains
 * objects or lists, or a statement has `Condition`, `NotAction` or `NotResource` (which AWS accepts).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function parsePolicyResponse(payload: unknown): PolicyResponse | undefined {
  const { success, output } = v.safeParse(ResponseSchema, payload);
  if (!success) return undefined;
  const { principalId, policyDocument, context } = output;
  return { principalId, statements: policyDocument.Statement, context };
}

const INVOKE = "execute-api:Invoke";

/**
 * Whether a policy allows `execute-api:Invoke` on the resource: a matching Allow and no matching Deny.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export function allowsInvoke(statements: readonly PolicyStatement[], resourceArn: string): boolean {
  const effects = statements
    .filter(({ Action }) => Action.some((pattern) => matches(pattern.toLowerCase(), INVOKE.toLowerCase())))
    .filter(({ Resource }) => Resource.some((pattern) => matchesArn(pattern, resourceArn)))
    .map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

/**
 * A wildcard matches within one colon-separated segment; only the pattern `*` matches every ARN.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const patterns = pattern.split(":");
  const segments = arn.split(":");
  return (
    patterns.length === segments.length &&
    segments.every((segment, index) => matches(patterns[index] ?? "", segment))
  );
}

/** Glob match: `*` is any number of characters, `?` exactly one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(text);
}
