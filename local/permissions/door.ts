import type { Clock } from "../clock.ts";
import type { Report } from "../gateway/model.ts";
import type { ReceivedRequest } from "./canonical-request.ts";
import type { Call, Caller, Decide } from "./decide.ts";
import type { Principal, Principals } from "./principals.ts";
import { type SignatureError, type Verified, verifySignature } from "./verify-signature.ts";

export interface DoorOptions {
  /** What requests must be signed for: `execute-api`, `sqs`, `lambda`, `neptune-db`. */
  readonly service: string;
  readonly region: string;
  readonly principals: Principals;
  readonly decide: Decide;
  /** Told of every missing permission, once. */
  readonly report: Report;
  readonly clock: Clock;
}

export type Admission =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      readonly statusCode: 403;
      readonly errorType: SignatureError | "AccessDeniedException";
      readonly message: string;
    };

/** A statement of a role that let somebody in. */
export interface UsedStatement {
  /** The logical name. */
  readonly role: string;
  /** An index of the role's statements. */
  readonly statement: number;
}

/** Who has been identified, by a signature or because a service of AWS's acts in their name. */
export type AuthorizedCaller = { readonly kind: "operator" } | ({ readonly kind: "function" } & Caller);

/** Stands before a service and lets in who signed and may do what is asked. */
export interface Door {
  /** Both at once, for a service where each request is one call. */
  admit(request: ReceivedRequest, body: Buffer | undefined, call: Call): Promise<Admission>;
  /** Who signed: for a service where one handshake carries many calls. */
  identify(request: ReceivedRequest, body: Buffer | undefined): Verified<Principal>;
  /** Whether somebody who has been identified may do this. */
  authorize(caller: AuthorizedCaller, call: Call): Promise<Admission>;
  /** The statements that have let a call in so far, each once. */
  usedStatements(): readonly UsedStatement[];
}

export function createDoor({ service, region, principals, decide, report, clock }: DoorOptions): Door {
  const used = new Map<string, UsedStatement>();
  const reported = new Set<string>();

  const identify: Door["identify"] = (request, body) =>
    verifySignature(request, body, {
      service,
      region,
      nowMs: clock.now(),
      find: (accessKeyId) => principals.find(accessKeyId),
    });

  const authorize: Door["authorize"] = async (caller, call) => {
    if (caller.kind === "operator") return { admitted: true };
    const role = caller.role.logicalName;
    const decision = await decide(caller, call);
    if (decision.allowed) {
      const { statement } = decision;
      used.set(`${role} ${statement}`, { role, statement });
      return { admitted: true };
    }
    const line = `Role ${role} ${decision.missing ? `lacks ${decision.missing}` : `forbids ${call.action} on ${call.resource}`}`;
    if (!reported.has(line)) {
      reported.add(line);
      report(line);
    }
    return refuse("AccessDeniedException", decision.message);
  };

  return {
    identify,
    authorize,
    async admit(request, body, call) {
      const verified = identify(request, body);
      if (!verified.ok) return refuse(verified.errorType, verified.message);
      return await authorize(verified.principal, call);
    },
    usedStatements: () => [...used.values()],
  };
}

const refuse = (errorType: SignatureError | "AccessDeniedException", message: string): Admission => ({
  admitted: false,
  statusCode: 403,
  errorType,
  message,
});
