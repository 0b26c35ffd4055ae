import { errors, type JWTPayload, jwtVerify } from "jose";
import { type ClaimRules, DEFAULT_AUDIENCE_CLAIM, DEFAULT_CLAIM_RULES } from "#protocol/claim-rules.ts";
import { TokenKeysError } from "#protocol/errors.ts";
import { type Audience, MAX_TOKEN_LENGTH } from "#protocol/token-audiences.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";
import { remoteKeys, staticKey } from "./issuer-keys.ts";

/** A token issuer: its `iss` claim and its public key or key set. */
export type TokenIssuer = { readonly issuer: string } & (
  | { readonly publicKeyPem: string }
  | {
      readonly jwksUrl: string;
      /** @default {@link DEFAULT_CLAIM_RULES} */
      readonly claimRules?: ClaimRules;
    }
);

/** The user and expiry of a valid token, or the reason of a rejection, without any part of the token. */
export type TokenVerification =
  | { readonly ok: true; readonly subject: string; readonly expiresAt: Date }
  | { readonly ok: false; readonly problem: string };

/**
 * Verifies a token for `audience` at the current time.
 * @throws {TokenKeysError} when the keys of the issuer are unavailable or unusable.
 */
export type VerifyToken = (token: string, audience: Audience) => Promise<TokenVerification>;

const FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Fixed per issuer, because an attacker controls the `alg` of a token and could set `none`. */
const OWN_ALGORITHMS = ["EdDSA"];
const OUTSIDE_ALGORITHMS = ["EdDSA", "ES256", "RS256"];
/** Clock skew allowed for an external issuer. The stack's own tokens need none: they have no `nbf`. */
const OUTSIDE_TOLERANCE_SECONDS = 5;

/**
 * A function that verifies tokens of `issuer`.
 * @param now the clock for `nbf` and `exp`.
 * @throws {TokenKeysError} when the public key is not an Ed25519 key.
 */
export function createVerifyToken(issuer: TokenIssuer, now = () => new Date()): VerifyToken {
  const isOwn = "publicKeyPem" in issuer;
  const keyOf = isOwn ? staticKey(issuer.publicKeyPem) : remoteKeys(issuer.jwksUrl);
  const algorithms = isOwn ? OWN_ALGORITHMS : OUTSIDE_ALGORITHMS;
  const clockTolerance = isOwn ? 0 : OUTSIDE_TOLERANCE_SECONDS;
  const rules = (isOwn ? undefined : issuer.claimRules) ?? DEFAULT_CLAIM_RULES;
  return async (token, audience) => {
    if (token === "") return refuse("Expected a token, got none.");
    if (token.length > MAX_TOKEN_LENGTH) {
      return refuse(`Expected a token of at most ${MAX_TOKEN_LENGTH} characters, got ${token.length}.`);
    }
    // jose ignores white space in the signature.
    if (!FORM.test(token)) return refuse(BAD_FORM);
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        algorithms,
        clockTolerance,
        currentDate: now(),
        issuer: issuer.issuer,
        requiredClaims: ["exp", rules.userClaim],
        ...(rules.audienceClaim === DEFAULT_AUDIENCE_CLAIM && { audience: rules.audiences[audience] }),
      });
      return checkClaims(payload, rules, rules.audiences[audience]);
    } catch (error) {
      if (error instanceof TokenKeysError) throw error;
      if (error instanceof errors.JOSEError) {
        return refuse(problemOf(error, issuer.issuer, rules, rules.audiences[audience], algorithms));
      }
      // For example an RSA key that is too short.
      throw new TokenKeysError(`Expected ${issuer.issuer} to have a usable key.`, { cause: error });
    }
  };
}

/** Checks the claims that jose does not check. */
function checkClaims(
  payload: JWTPayload,
  { userClaim, audienceClaim }: ClaimRules,
  expectedAudience: string,
): TokenVerification {
  if (audienceClaim !== DEFAULT_AUDIENCE_CLAIM) {
    const audience = ownClaim(payload, audienceClaim);
    if (audience !== undefined && typeof audience !== "string") {
      return refuse(
        `Expected the token's audience (\`${audienceClaim}\`) to be a string, got ${typeName(audience)}.`,
      );
    }
    if (audience !== expectedAudience) return refuse(wrongAudience(expectedAudience, audienceClaim));
  }
  const user = ownClaim(payload, userClaim);
  if (typeof user !== "string") {
    return refuse(`Expected the token's user (\`${userClaim}\`) to be a string, got ${typeName(user)}.`);
  }
  if (!isUserId(user)) {
    return refuse(`Expected the token's user (\`${userClaim}\`) to be ${USER_ID_FORMAT}.`);
  }
  const expiresAt = new Date((payload.exp ?? Number.NaN) * 1_000);
  // `exp` is outside of the range of Date, such as 1e300.
  if (Number.isNaN(expiresAt.getTime())) return refuse(BAD_EXPIRY);
  return { ok: true, subject: user, expiresAt };
}

/** Plain indexing would find `toString` in every payload. */
const ownClaim = (payload: JWTPayload, claim: string): unknown =>
  Object.hasOwn(payload, claim) ? payload[claim] : undefined;

/** The JSON type of a claim, because its value must not be logged. */
function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `type ${typeof value}`;
}

const BAD_FORM = "Expected a signed JSON Web Token: three parts separated by dots.";
const BAD_EXPIRY = "Expected the token to contain an expiry time (`exp`) in seconds since 1970.";

function problemOf(
  error: errors.JOSEError,
  issuer: string,
  rules: ClaimRules,
  expectedAudience: string,
  algorithms: readonly string[],
): string {
  if (error instanceof errors.JWTExpired) return "The token has expired. Get a new one.";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return claimProblem(error.claim, issuer, rules, expectedAudience);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return `Expected a token signed with ${algorithms.join(" or ")}.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return `The token is signed with a key that ${issuer} does not have. Get a new one.`;
  }
  // https://openid.net/specs/openid-connect-core-1_0.html#Signing
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return `Expected the token to contain a key id (\`kid\`), because ${issuer} has several keys.`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return `The token is not signed by ${issuer}, or was changed.`;
  }
  return BAD_FORM;
}

function claimProblem(
  claim: string,
  issuer: string,
  { userClaim }: ClaimRules,
  expectedAudience: string,
): string {
  switch (claim) {
    case "aud":
      return wrongAudience(expectedAudience, claim);
    case "iss":
      return `Expected a token of ${issuer} (\`iss\`), got one of another issuer.`;
    case "nbf":
      return "The token is not valid yet (`nbf`).";
    case "exp":
      return BAD_EXPIRY;
    case userClaim:
      return `Expected the token to contain its user (\`${userClaim}\`).`;
    default:
      return `Expected a valid \`${claim}\` in the token.`;
  }
}

const wrongAudience = (expected: string, claim: string) =>
  `Expected a token for ${expected} (\`${claim}\`), got one for another audience.`;

const refuse = (problem: string) => ({ ok: false, problem }) as const;
