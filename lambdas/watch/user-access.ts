import { readEnvironment } from "../environment.ts";
import { readTokenIssuer } from "../tokens/read-token-issuer.ts";
import { createVerifyToken, type VerifyToken } from "../tokens/verify-token.ts";

/** The users that a connection may attach to. */
export interface UserAccess {
  /** Whether any user id is accepted without a token. */
  readonly isOpen: boolean;
  /** The user of the `$connect` token; absent without one. */
  readonly tokenUser?: string;
  /** Verifies tokens in messages; absent when tokens are accepted at `$connect` only. */
  readonly verifyToken?: VerifyToken;
}

/**
 * The user access declared by `USER_ACCESS` and the stack's own public key. The keys of another issuer cannot
 * be fetched here: egress from the VPC is IPv6 only.
 * @throws {EnvironmentError | TokenKeysError} when `USER_ACCESS` is missing, or the key or issuer is invalid.
 */
export function readUserAccess(): UserAccess {
  const { USER_ACCESS } = readEnvironment(["USER_ACCESS"]);
  return {
    isOpen: USER_ACCESS === "open",
    ...(process.env["TOKEN_PUBLIC_KEY"] && { verifyToken: createVerifyToken(readTokenIssuer()) }),
  };
}
