import type { Report } from "../apigateway/model.ts";
import type { Clock } from "../clock.ts";
import type { ReceivedRequest } from "./canonical-request.ts";
import type { Call, Caller, Decide } from "./evaluate-policies.ts";
import type { Principal, Principals } from "./principals.ts";
import { type SignatureError, type Verified, verifySignature } from "./verify-signature.ts";

export interface AuthProxyOptions {
  /** Service in the credential scope: `execute-api`, `sqs`, `lambda`, `neptune-db`. */
  readonly service: string;
  readonly region: string;
  readonly principals: Principals;
  readonly decide: Decide;
  /** Called once for each missing permission. */
  readonly report: Report;
  readonly clock: Clock;
}

export type AuthResult =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly statusCode: 403;
      readonly errorType: SignatureError | "AccessDeniedException";
      readonly message: string;
    };

/** A policy statement that has allowed a call. */
export interface UsedStatement {
  /** Logical name. */
  readonly role: string;
  /** Index in the role's statements. */
  readonly statement: number;
}

/** An authenticated caller: by signature, or by an AWS service that assumed its role. */
export type AuthorizedCaller = { readonly kind: "operator" } | ({ readonly kind: "function" } & Caller);

/** Auth proxy of a service: verifies SigV4 signatures and evaluates IAM policies. */
export interface AuthProxy {
  /** Authenticates and authorizes a request that is one call. */
  authorizeRequest(request: ReceivedRequest, body: Buffer | undefined, call: Call): Promise<AuthResult>;
  /** The principal that signed a handshake, for a connection that carries many calls. */
  authenticate(request: ReceivedRequest, body: Buffer | undefined): Verified<Principal>;
  /** Authorizes one call of an authenticated caller. */
  authorize(caller: AuthorizedCaller, call: Call): Promise<AuthResult>;
  /** The policy statements that have allowed a call so far, without duplicates. */
  usedStatements(): readonly UsedStatement[];
}

export function createAuthProxy({
  service,
  region,
  principals,
  decide,
  report,
  clock,
}: AuthProxyOptions): AuthProxy {
  const used = new Map<string, UsedStatement>();
  const reported = new Set<string>();

  const authenticate: AuthProxy["authenticate"] = (request, body) =>
    verifySignature(request, body, {
      service,
      region,
      nowMs: clock.now(),
      find: (accessKeyId) => principals.find(accessKeyId),
    });

  const authorize: AuthProxy["authorize"] = async (caller, call) => {
    if (caller.kind === "operator") return { allowed: true };
    const role = caller.role.logicalName;
    const decision = await decide(caller, call);
    if (decision.allowed) {
      const { statement } = decision;
      used.set(`${role} ${statement}`, { role, statement });
      return { allowed: true };
    }
    const line = `Role ${role} ${decision.missing ? `lacks ${decision.missing}` : `forbids ${call.action} on ${call.resource}`}`;
    if (!reported.has(line)) {
      reported.add(line);
      report(line);
    }
    return refuse("AccessDeniedException", decision.message);
  };

  return {
    authenticate,
    authorize,
    async authorizeRequest(request, body, call) {
      const verified = authenticate(request, body);
      if (!verified.ok) return refuse(verified.errorType, verified.message);
      return await authorize(verified.principal, call);
    },
    usedStatements: () => [...used.values()],
  };
}

const refuse = (errorType: SignatureError | "AccessDeniedException", message: string): AuthResult => ({
  allowed: false,
  statusCode: 403,
  errorType,
  message,
});
