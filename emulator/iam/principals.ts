import { randomBytes } from "node:crypto";
import type { DeclaredRole } from "./roles.ts";

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SessionCredentials extends KeyPair {
  readonly sessionToken: string;
}

/** An identity that can sign requests. */
export type Principal =
  | {
      readonly kind: "function";
      /** Also the session name of the assumed role, as on AWS. */
      readonly functionName: string;
      readonly role: DeclaredRole;
      readonly credentials: SessionCredentials;
    }
  /** The local operator. Every action is allowed. */
  | { readonly kind: "operator"; readonly credentials: KeyPair };

/** The principals of the local stack. */
export interface Principals {
  readonly operator: KeyPair;
  /** @throws {Error} for an unknown function. */
  credentialsOf(functionName: string): SessionCredentials;
  find(accessKeyId: string): Principal | undefined;
}

export interface FunctionWithRole {
  readonly name: string;
  readonly role: DeclaredRole;
}

/** Generates credentials for each function and for the operator, valid until the stack stops. */
export function createPrincipals(functions: readonly FunctionWithRole[]): Principals {
  const operator: Principal = { kind: "operator", credentials: generateKeyPair("AKIA") };
  const sessions = functions.map(({ name, role }): Extract<Principal, { kind: "function" }> => {
    return { kind: "function", functionName: name, role, credentials: generateSession() };
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

const generateSession = (): SessionCredentials => ({
  ...generateKeyPair("ASIA"),
  sessionToken: randomBytes(60).toString("base64"),
});

/**
 * @param prefix `ASIA` for temporary credentials, `AKIA` for long-term ones:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const generateKeyPair = (prefix: "ASIA" | "AKIA"): KeyPair => ({
  accessKeyId: `${prefix}${randomBytes(8).toString("hex").toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString("base64"),
});
