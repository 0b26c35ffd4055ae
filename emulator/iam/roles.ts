import { runSimulation } from "@cloud-copilot/iam-simulate";
import * as v from "valibot";

const StringsSchema = v.union([v.string(), v.array(v.string())]);

/** A policy statement in IAM JSON; strict, because IAM rejects other elements. */
export const StatementSchema = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(["Allow", "Deny"]),
  Principal: v.optional(v.union([v.literal("*"), v.record(v.string(), StringsSchema)])),
  Action: v.optional(StringsSchema),
  NotAction: v.optional(StringsSchema),
  Resource: v.optional(StringsSchema),
  NotResource: v.optional(StringsSchema),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});

export type Statement = Readonly<v.InferOutput<typeof StatementSchema>>;

/** A role as the program declares it. */
export interface DeclaredRole {
  readonly arn: string;
  readonly logicalName: string;
  /** Statements of all its policies, in declared order. */
  readonly statements: readonly Statement[];
  /** Statements of its trust policy. */
  readonly trust: readonly Statement[];
}

/** `arn:aws:iam::{account}:role/{path}/{name}` → `{name}`. */
export const roleName = ({ arn }: DeclaredRole): string => arn.slice(arn.lastIndexOf("/") + 1);

/** The services that assume roles in the local stack. */
export type AssumingService = "lambda.amazonaws.com" | "scheduler.amazonaws.com";

/**
 * Whether the trust policy of a role allows a service to assume it for `accountId`.
 * @throws {Error} when the trust policy is invalid.
 */
export async function canAssume(
  service: AssumingService,
  { arn, logicalName, trust }: DeclaredRole,
  accountId: string,
): Promise<boolean> {
  const answer = await runSimulation(
    {
      request: {
        principal: service,
        action: "sts:AssumeRole",
        resource: { resource: arn, accountId },
        contextVariables: { "aws:SourceAccount": accountId },
      },
      identityPolicies: [],
      resourcePolicy: { Version: "2012-10-17", Statement: trust },
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: "Strict" },
  );
  if (answer.resultType !== "error") return answer.overallResult === "Allowed";
  throw new Error(
    `Expected a valid trust policy of role ${logicalName}, got ${JSON.stringify(answer.errors)}.`,
  );
}
