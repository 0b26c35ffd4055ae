import { runSimulation } from "@cloud-copilot/iam-simulate";
import * as v from "valibot";

const TextsSchema = v.union([v.string(), v.array(v.string())]);

/** A statement of a policy, in AWS's own form; strict, since AWS refuses any other element too. */
export const StatementSchema = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(["Allow", "Deny"]),
  Principal: v.optional(v.union([v.literal("*"), v.record(v.string(), TextsSchema)])),
  Action: v.optional(TextsSchema),
  NotAction: v.optional(TextsSchema),
  Resource: v.optional(TextsSchema),
  NotResource: v.optional(TextsSchema),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});

export type Statement = Readonly<v.InferOutput<typeof StatementSchema>>;

/** A role as the program declares it. */
export interface DeclaredRole {
  readonly arn: string;
  readonly logicalName: string;
  /** Of all its policies, one after the other. */
  readonly statements: readonly Statement[];
  /** Who may take it on. */
  readonly trust: readonly Statement[];
}

/** `arn:aws:iam::{account}:role/{path}/{name}` → `{name}`. */
export const roleName = ({ arn }: DeclaredRole): string => arn.slice(arn.lastIndexOf("/") + 1);

/** Services that take on roles here. */
export type AssumingService = "lambda.amazonaws.com" | "scheduler.amazonaws.com";

/**
 * Whether a service may take on a role in the name of `accountId`.
 * @throws {Error} when the simulator does not understand the role's trust policy.
 */
export async function mayAssume(
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
    `Expected the trust policy of role ${logicalName} to be one that IAM takes, got ${JSON.stringify(answer.errors)}.`,
  );
}
