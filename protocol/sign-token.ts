import { createPrivateKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { TokenKeysError } from "./errors.ts";
import type { Audience } from "./token-audiences.ts";
import { isUserId, USER_ID_FORMAT } from "./user-id.ts";

/** The claims of a token. Times are truncated to whole seconds. */
export interface TokenClaims {
  /** The `iss` that verifiers expect. */
  readonly issuer: string;
  readonly audience: Audience;
  /** The user: 1 to 128 printable ASCII characters without spaces. */
  readonly subject: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/**
 * A signed token; deterministic for the same key and claims. Runs on the machine of the operator: no Lambda has the key.
 * @param privateKeyPem an Ed25519 key in PKCS #8 form.
 * @throws {TokenKeysError} for any other key.
 * @throws {RangeError} when verifiers would reject the token: an invalid subject, or `expiresAt` not after `issuedAt`.
 */
export async function signToken(privateKeyPem: string, claims: TokenClaims): Promise<string> {
  const { issuer, audience, subject, issuedAt, expiresAt } = claims;
  if (!isUserId(subject)) {
    throw new RangeError(`Expected the subject to be ${USER_ID_FORMAT}, got ${JSON.stringify(subject)}.`);
  }
  // Negated, so that an invalid Date (NaN) also throws.
  if (!(expiresAt.getTime() > issuedAt.getTime())) {
    throw new RangeError("Expected the token to expire after it is issued.");
  }
  // Without `nbf`, because the clock of a Lambda may be slightly behind.
  return await new SignJWT()
    .setProtectedHeader({ alg: "EdDSA", typ: "JWT" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(readPrivateKey(privateKeyPem));
}

function readPrivateKey(pem: string): KeyObject {
  const expected = "Expected the private key to be an Ed25519 key in PEM (BEGIN PRIVATE KEY)";
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Without the cause: do not leak OpenSSL details about the key.
    throw new TokenKeysError(`${expected}, got one that cannot be read.`);
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new TokenKeysError(`${expected}, got one of the type ${key.asymmetricKeyType}.`);
  }
  return key;
}
