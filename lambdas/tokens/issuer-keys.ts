import { createPublicKey, type KeyObject } from "node:crypto";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { TokenKeysError } from "#protocol/errors.ts";

/**
 * Timeout of a key fetch, below the 10 s that API Gateway waits for an HTTP API authorizer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const FETCH_TIMEOUT_MS = 3_000;

/**
 * A key resolver with the single key of the stack's own issuer.
 * @param pem an Ed25519 public key in SPKI form.
 * @throws {TokenKeysError} when it is any other key or not a public one.
 */
export function staticKey(pem: string): JWTVerifyGetKey {
  const key = readPublicKey(pem);
  return () => key;
}

function readPublicKey(pem: string): KeyObject {
  const expected = "Expected the public key to be an Ed25519 key in PEM (BEGIN PUBLIC KEY)";
  // createPublicKey silently accepts private keys and certificates.
  if (!pem.trimStart().startsWith("-----BEGIN PUBLIC KEY-----")) {
    throw new TokenKeysError(`${expected}, got something else. Use the public half of the signing key.`);
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
 * A key resolver with the keys of an external issuer, fetched on first use and cached for ten minutes; an
 * unknown key id triggers another fetch, at most every 30 s. It throws {@link TokenKeysError} when the keys
 * cannot be fetched or used, and the error of jose when no key matches a token.
 * @param url of a JSON Web Key Set.
 */
export function remoteKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_TIMEOUT_MS });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
        throw error;
      }
      throw new TokenKeysError(
        `Expected ${url} to return a JSON Web Key Set of public keys. Without it no token of this issuer can be verified.`,
        { cause: error },
      );
    }
  };
}
