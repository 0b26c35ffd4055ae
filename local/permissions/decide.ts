import { type RunSimulationResults, runSimulation } from "@cloud-copilot/iam-simulate";
import { matchStatements, type StatementMatcher } from "./match-statements.ts";
import { type DeclaredRole, roleName, type Statement } from "./roles.ts";

/** What a function wants to do. */
export interface Call {
  /** `sqs:SendMessage` */
  readonly action: string;
  /** The ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  /** Condition keys that the service fills, such as `aws:SourceAccount`. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export interface Caller {
  readonly role: DeclaredRole;
  /** The name of the session in which the role is taken on: the function's. */
  readonly functionName: string;
}

export type Decision =
  | {
      readonly allowed: true;
      /** The statement that allows it: an index of the role's statements. */
      readonly statement: number;
    }
  | {
      readonly allowed: false;
      /** For the caller, as AWS words it. */
      readonly message: string;
      /** For the author of the program: the statement to add; `undefined` when one forbids it. */
      readonly missing: string | undefined;
    };

export type Decide = (caller: Caller, call: Call) => Promise<Decision>;

/** What came of a simulation: which statements told. */
type Outcome =
  | { readonly result: "allowed"; readonly statement: number }
  | { readonly result: "denied"; readonly explicitly: boolean };

/**
 * Decides as IAM does whether a role's policies allow a call within the account. One simulation takes milliseconds and a
 * publish asks about a thousand connections, so an outcome is remembered for all calls of an action that the same
 * statements cover; but not when the service gives a context, nor for a role whose statements have variables.
 */
export function createDecide(accountId: string): Decide {
  const memories = new WeakMap<DeclaredRole, Memory>();
  return async ({ role, functionName }, call) => {
    let memory = memories.get(role);
    if (!memory) {
      memory = { matcher: matchStatements(role.statements), outcomes: new Map() };
      memories.set(role, memory);
    }
    const outcome = await recall(memory, role, call, accountId);
    if (outcome.result === "allowed") return { allowed: true, statement: outcome.statement };
    return refuse({ role, functionName }, call, outcome.explicitly, accountId);
  };
}

interface Memory {
  readonly matcher: StatementMatcher;
  readonly outcomes: Map<string, Promise<Outcome>>;
}

async function recall(
  { matcher, outcomes }: Memory,
  role: DeclaredRole,
  call: Call,
  accountId: string,
): Promise<Outcome> {
  const covering = matcher.covering(call.action, call.resource);
  if (!matcher.isDecisive || call.context) return await simulate(role, call, covering, accountId);
  // With the ARN but for its last part, so that one that IAM would not take for this action is still found out.
  const [place] = call.resource.includes("*")
    ? [call.resource]
    : (/^(?:[^:]*:){0,5}/.exec(call.resource) ?? []);
  const key = `${call.action} ${place} ${covering}`;
  const known = outcomes.get(key);
  if (known !== undefined) return await known;
  const simulated = simulate(role, call, covering, accountId);
  outcomes.set(key, simulated);
  // A call that cannot be decided says nothing about the next one.
  simulated.catch(() => outcomes.delete(key));
  return await simulated;
}

async function simulate(
  role: DeclaredRole,
  { action, resource, context = {} }: Call,
  covering: readonly number[],
  accountId: string,
): Promise<Outcome> {
  // Asked about a resource with a `*`, the simulator takes a statement about a part of it for enough.
  const isRelevant = ({ Effect, Resource }: Statement, index: number) =>
    Effect === "Deny" || !resource.includes("*") || Resource === undefined || covering.includes(index);
  const answer = await runSimulation(
    {
      request: {
        principal: role.arn,
        action,
        resource: { resource, accountId },
        contextVariables: { ...context },
      },
      // A policy for each statement: the name leads back to it.
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
      `Expected a call that IAM knows, got ${action} on ${resource} by role ${role.logicalName}: ${JSON.stringify(answer.errors)}.`,
    );
  }
  if (answer.overallResult !== "Allowed") {
    return { result: "denied", explicitly: answer.overallResult === "ExplicitlyDenied" };
  }
  const [statement] = allowing(answer);
  if (statement === undefined) {
    throw new Error(`Expected a statement of role ${role.logicalName} to allow ${action} on ${resource}.`);
  }
  return { result: "allowed", statement };
}

const allowing = (
  answer: Exclude<RunSimulationResults, { readonly resultType: "error" }>,
): readonly number[] =>
  (answer.resultType === "single" ? [answer.result] : answer.results)
    .flatMap(({ analysis }) => analysis.identityAnalysis?.allowStatements ?? [])
    .map(({ policyId }) => Number(policyId))
    .sort((a, b) => a - b);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function refuse(
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
      : JSON.stringify({ Effect: "Allow", Action: action, Resource: toDeclare(resource) }),
  };
}

/** Nobody knows the id of a connection when a policy is written. */
const toDeclare = (resource: string): string => resource.replace(/(\/@connections\/).*$/s, "$1*");
