import { createPrivateKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { TokenKeysError } from "./errors.ts";
import type { Audience } from "./token-audiences.ts";
import { isUserId, USER_ID_FORMAT } from "./user-id.ts";

/** What a token says. Its times are cut to whole seconds. */
export interface TokenClaims {
  /** The `iss` that is verified against. */
  readonly issuer: string;
  readonly audience: Audience;
  /** The user: 1 to 128 printable ASCII characters without spaces. */
  readonly subject: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/**
 * A token, signed: the same key and claims always give the same one. For the operator's machine; no Lambda has the key.
 * @param privateKeyPem an Ed25519 key in PKCS #8 form.
 * @throws {TokenKeysError} when it is anything else.
 * @throws {RangeError} when the token would be refused: a bad subject, or an end that is not after the beginning.
 */
export async function signToken(privateKeyPem: string, claims: TokenClaims): Promise<string> {
  const { issuer, audience, subject, issuedAt, expiresAt } = claims;
  if (!isUserId(subject)) {
    throw new RangeError(`Expected the subject to be ${USER_ID_FORMAT}, got ${JSON.stringify(subject)}.`);
  }
  // Written so that a Date which is none is refused as well.
  if (!(expiresAt.getTime() > issuedAt.getTime())) {
    throw new RangeError("Expected the token to expire after it is issued.");
  }
  // No `nbf`: it would hold from a clock's now on, and a Lambda's clock may be a moment behind.
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
    // Without the cause: what OpenSSL says of a key is nobody's to read.
    throw new TokenKeysError(`${expected}, got one that cannot be read.`);
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new TokenKeysError(`${expected}, got one of the type ${key.asymmetricKeyType}.`);
  }
  return key;
}
