import { randomBytes } from "node:crypto";
import type { DeclaredRole } from "./roles.ts";

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SessionCredentials extends KeyPair {
  readonly sessionToken: string;
}

/** Who can sign a request. */
export type Principal =
  | {
      readonly kind: "function";
      /** As in AWS, the name of the session in which the function has taken on its role. */
      readonly functionName: string;
      readonly role: DeclaredRole;
      readonly credentials: SessionCredentials;
    }
  /** Who runs this machine: an administrator of the account, who may do everything. */
  | { readonly kind: "operator"; readonly credentials: KeyPair };

/** All who can sign on this machine. */
export interface Principals {
  readonly operator: KeyPair;
  /** @throws {Error} when there is no such function. */
  credentialsOf(functionName: string): SessionCredentials;
  find(accessKeyId: string): Principal | undefined;
}

export interface FunctionWithRole {
  readonly name: string;
  readonly role: DeclaredRole;
}

/** Gives every function credentials of its own, and the operator a pair too. They are good until the stack ends. */
export function createPrincipals(functions: readonly FunctionWithRole[]): Principals {
  const operator: Principal = { kind: "operator", credentials: inventKeyPair("AKIA") };
  const sessions = functions.map(({ name, role }): Extract<Principal, { kind: "function" }> => {
    return { kind: "function", functionName: name, role, credentials: inventSession() };
  });
  const byKey = new Map<string, Principal>(
    [operator, ...sessions].map((principal) => [principal.credentials.accessKeyId, principal]),
  );
  return {
    operator: operator.credentials,
    credentialsOf(functionName) {
      const session = sessions.find((each) => each.functionName === functionName);
      if (session) return session.credentials;
      throw new Error(
        `Expected a function of this program (${functions.map(({ name }) => name).join(", ")}), got ${functionName}.`,
      );
    },
    find: (accessKeyId) => byKey.get(accessKeyId),
  };
}

const inventSession = (): SessionCredentials => ({
  ...inventKeyPair("ASIA"),
  sessionToken: randomBytes(60).toString("base64"),
});

/**
 * @param prefix `ASIA` for the key of a session, `AKIA` for one that is good until it is deleted:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const inventKeyPair = (prefix: "ASIA" | "AKIA"): KeyPair => ({
  accessKeyId: `${prefix}${randomBytes(8).toString("hex").toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString("base64"),
});
