import { type RunSimulationResults, runSimulation } from "@cloud-copilot/iam-simulate";
import { matchStatements, type StatementMatcher } from "./match-statements.ts";
import { type DeclaredRole, roleName, type Statement } from "./roles.ts";

/** A call to be authorized. */
export interface Call {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** An ARN, or `*` for an action without resource-level permissions. */
  readonly resource: string;
  /** Condition keys set by the service, such as `aws:SourceAccount`. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export interface Caller {
  readonly role: DeclaredRole;
  /** Also the session name of the assumed role. */
  readonly functionName: string;
}

export type Decision =
  | {
      readonly allowed: true;
      /** Index in the role's statements of the first one that allows the call. */
      readonly statement: number;
    }
  | {
      readonly allowed: false;
      /** The AWS error message, for the caller. */
      readonly message: string;
      /** The policy statement to add, as JSON; `undefined` when a statement denies the call explicitly. */
      readonly missing: string | undefined;
    };

export type Decide = (caller: Caller, call: Call) => Promise<Decision>;

type Outcome =
  | { readonly result: "allowed"; readonly statement: number }
  | { readonly result: "denied"; readonly explicitly: boolean };

/**
 * Evaluates the identity policies of a role for a call within the account.
 *
 * A simulation takes milliseconds and a publish can make a thousand calls, so outcomes are cached per action
 * and set of matching statements. Calls with a context and roles with policy variables are not cached.
 */
export function createDecide(accountId: string): Decide {
  const caches = new WeakMap<DeclaredRole, RoleCache>();
  return async ({ role, functionName }, call) => {
    let cache = caches.get(role);
    if (!cache) {
      cache = { matcher: matchStatements(role.statements), outcomes: new Map() };
      caches.set(role, cache);
    }
    const outcome = await evaluate(cache, role, call, accountId);
    if (outcome.result === "allowed") return { allowed: true, statement: outcome.statement };
    return deny({ role, functionName }, call, outcome.explicitly, accountId);
  };
}

interface RoleCache {
  readonly matcher: StatementMatcher;
  readonly outcomes: Map<string, Promise<Outcome>>;
}

async function evaluate(
  { matcher, outcomes }: RoleCache,
  role: DeclaredRole,
  call: Call,
  accountId: string,
): Promise<Outcome> {
  const matching = matcher.matching(call.action, call.resource);
  if (!matcher.isCacheable || call.context) return await simulate(role, call, matching, accountId);
  // Includes the ARN prefix, so that an ARN that is invalid for the action still fails.
  const [prefix] = call.resource.includes("*")
    ? [call.resource]
    : (/^(?:[^:]*:){0,5}/.exec(call.resource) ?? []);
  const key = `${call.action} ${prefix} ${matching}`;
  const cached = outcomes.get(key);
  if (cached !== undefined) return await cached;
  const simulated = simulate(role, call, matching, accountId);
  outcomes.set(key, simulated);
  // Errors are not cached: the next call with this key can be valid.
  simulated.catch(() => outcomes.delete(key));
  return await simulated;
}

async function simulate(
  role: DeclaredRole,
  { action, resource, context = {} }: Call,
  matching: readonly number[],
  accountId: string,
): Promise<Outcome> {
  // For a resource with `*`, the simulator also accepts statements that match only a part of it.
  const isRelevant = ({ Effect, Resource }: Statement, index: number) =>
    Effect === "Deny" || !resource.includes("*") || Resource === undefined || matching.includes(index);
  const answer = await runSimulation(
    {
      request: {
        principal: role.arn,
        action,
        resource: { resource, accountId },
        contextVariables: { ...context },
      },
      // One policy per statement, so that its name identifies the statement.
      identityPolicies: role.statements.flatMap((statement, index) =>
        isRelevant(statement, index)
          ? [{ name: String(index), policy: { Version: "2012-10-17", Statement: [statement] } }]
          : [],
      ),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: "Strict" },
  );
  if (answer.resultType === "error") {
    throw new Error(
      `Expected a valid IAM action and resource, got ${action} on ${resource} by role ${role.logicalName}: ` +
        `${JSON.stringify(answer.errors)}.`,
    );
  }
  if (answer.overallResult !== "Allowed") {
    return { result: "denied", explicitly: answer.overallResult === "ExplicitlyDenied" };
  }
  const [statement] = allowingStatements(answer);
  if (statement === undefined) {
    throw new Error(
      `Expected the statement of role ${role.logicalName} that allows ${action} on ${resource}, got none.`,
    );
  }
  return { result: "allowed", statement };
}

const allowingStatements = (
  answer: Exclude<RunSimulationResults, { readonly resultType: "error" }>,
): readonly number[] =>
  (answer.resultType === "single" ? [answer.result] : answer.results)
    .flatMap(({ analysis }) => analysis.identityAnalysis?.allowStatements ?? [])
    .map(({ policyId }) => Number(policyId))
    .sort((a, b) => a - b);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function deny(
  { role, functionName }: Caller,
  { action, resource }: Call,
  explicitly: boolean,
  accountId: string,
): Decision {
  const user = `arn:aws:sts::${accountId}:assumed-role/${roleName(role)}/${functionName}`;
  const reason = explicitly
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the ${action} action`;
  return {
    allowed: false,
    message: `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
    missing: explicitly
      ? undefined
      : JSON.stringify({ Effect: "Allow", Action: action, Resource: generalize(resource) }),
  };
}

/** Replaces a connection id, which a policy cannot name, by `*`. */
const generalize = (resource: string): string => resource.replace(/(\/@connections\/).*$/s, "$1*");
