import { readEnvironment } from "../environment.ts";
import { readTokenIssuer } from "../tokens/read-token-issuer.ts";
import { createVerifyToken, type VerifyToken } from "../tokens/verify-token.ts";

/** Who a connection may say to be. */
export interface UserAccess {
  /** Whether everybody may say to be anybody. */
  readonly isOpen: boolean;
  /** The user whose token let the connection in, where that was asked for. */
  readonly tokenUser?: string;
  /** What verifies the tokens of messages; absent where they are taken only when a connection opens. */
  readonly verifyToken?: VerifyToken;
}

/**
 * What this function's environment says of users: `USER_ACCESS`, and the stack's own key if it has one. The keys of another
 * issuer are out of reach from here: the way out of the VPC is IPv6 only.
 * @throws {EnvironmentError | TokenKeysError} when `USER_ACCESS` is missing, or the key is no Ed25519 key, or has no issuer.
 */
export function readUserAccess(): UserAccess {
  const { USER_ACCESS } = readEnvironment(["USER_ACCESS"]);
  return {
    isOpen: USER_ACCESS === "open",
    ...(process.env["TOKEN_PUBLIC_KEY"] && { verifyToken: createVerifyToken(readTokenIssuer()) }),
  };
}
