import { createPublicKey, type KeyObject } from "node:crypto";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { TokenKeysError } from "#protocol/errors.ts";

/**
 * A fetch may take this long. API Gateway waits 10 s for an HTTP API's authorizer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const FETCH_TIMEOUT_MS = 3_000;

/**
 * The one key of our own issuer.
 * @param pem an Ed25519 public key in SPKI form.
 * @throws {TokenKeysError} when it is anything else, a private key above all.
 */
export function knownKey(pem: string): JWTVerifyGetKey {
  const key = readPublicKey(pem);
  return () => key;
}

function readPublicKey(pem: string): KeyObject {
  const expected = "Expected the public key to be an Ed25519 key in PEM (BEGIN PUBLIC KEY)";
  // Of a private key and of a certificate Node would take the public part without a word.
  if (!pem.trimStart().startsWith("-----BEGIN PUBLIC KEY-----")) {
    throw new TokenKeysError(`${expected}, got something else. Give the public half of the signing key.`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new TokenKeysError(`${expected}, got one that cannot be read.`, { cause });
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new TokenKeysError(`${expected}, got one of the type ${key.asymmetricKeyType}.`);
  }
  return key;
}

/**
 * The keys that an outside issuer publishes, fetched when first asked for and kept for ten minutes; a key that is not
 * among them has them fetched again, at most every 30 s. What it gives throws a {@link TokenKeysError} when they cannot be
 * fetched or used; that a token's key is not among them is jose's own error.
 * @param url of a JSON Web Key Set.
 */
export function fetchedKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_TIMEOUT_MS });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
        throw error;
      }
      throw new TokenKeysError(
        `Expected ${url} to answer with a JSON Web Key Set of public keys. Without it no token of this issuer can be verified.`,
        { cause: error },
      );
    }
  };
}
