import * as v from "valibot";
import type { DeclaredProgram, DeclaredResource } from "../program/declared.ts";
import { describe, rejectUnsupported, resourcesOfType, text } from "../program/properties.ts";
import { type DeclaredRole, type Statement, StatementSchema } from "./roles.ts";

const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const FUNCTION = "aws:lambda/function:Function";
const THIS_FILE = "emulator/iam/read-roles.ts";

/** Rejects other properties, because they could grant or restrict permissions. */
const ROLE_PROPERTIES = ["name", "arn", "description", "tags", "tagsAll", "assumeRolePolicy"];
const POLICY_PROPERTIES = ["name", "role", "policy"];

const PolicySchema = v.strictObject({
  Version: v.literal("2012-10-17"),
  Id: v.optional(v.string()),
  // IAM accepts a single statement without a list.
  Statement: v.pipe(
    v.unknown(),
    v.transform((statements) => (Array.isArray(statements) ? statements : [statements])),
    v.array(StatementSchema),
  ),
});

/**
 * The roles of the program with the statements of all their policies.
 * @throws {Error} for attached policies, unsupported properties and invalid policy documents.
 */
export function readRoles(program: DeclaredProgram): readonly DeclaredRole[] {
  const [attachment] = resourcesOfType(program, ATTACHMENT);
  if (attachment) {
    throw new Error(
      `Expected roles with inline policies (${ROLE_POLICY}) only, got ${describe(attachment)}. ` +
        `Add support for attached policies in ${THIS_FILE}.`,
    );
  }
  const roles = resourcesOfType(program, ROLE);
  const policies = resourcesOfType(program, ROLE_POLICY);
  for (const policy of policies) {
    rejectUnsupported(policy, POLICY_PROPERTIES, THIS_FILE);
    if (!roles.some((role) => belongsTo(policy, role))) {
      throw new Error(
        `Expected role of ${describe(policy)} to be a role of this program, got ${text(policy, "role")}.`,
      );
    }
  }
  return roles.map((role) => {
    rejectUnsupported(role, ROLE_PROPERTIES, THIS_FILE);
    return {
      arn: text(role, "arn"),
      logicalName: role.name,
      statements: policies
        .filter((policy) => belongsTo(policy, role))
        .flatMap((policy) => readStatements(policy, "policy")),
      trust: readStatements(role, "assumeRolePolicy"),
    };
  });
}

/**
 * The role of each function, by unqualified function ARN.
 * @throws {Error} when a function's role is not one of `roles`.
 */
export function readFunctionRoles(
  program: DeclaredProgram,
  roles: readonly DeclaredRole[],
): ReadonlyMap<string, DeclaredRole> {
  return new Map(
    resourcesOfType(program, FUNCTION).map((fn) => {
      const arn = text(fn, "role");
      const role = roles.find((each) => each.arn === arn);
      if (role) return [text(fn, "arn"), role];
      throw new Error(`Expected role of ${describe(fn)} to be a role of this program, got ${arn}.`);
    }),
  );
}

/** A policy references its role by id, which equals the role name. */
const belongsTo = (policy: DeclaredResource, role: DeclaredResource): boolean =>
  [role.id, role.properties["name"]].includes(text(policy, "role"));

function readStatements(resource: DeclaredResource, property: string): readonly Statement[] {
  const json = text(resource, property);
  const parsed = v.safeParse(PolicySchema, parseJson(json));
  if (parsed.success) return parsed.output.Statement;
  const issues = v.flatten(parsed.issues);
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be an IAM policy document, got ${json}: ` +
      `${JSON.stringify(issues.nested ?? issues.root)}.`,
  );
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
