import { errors, type JWTPayload, jwtVerify } from "jose";
import { type ClaimRules, DEFAULT_AUDIENCE_CLAIM, DEFAULT_CLAIM_RULES } from "#protocol/claim-rules.ts";
import { TokenKeysError } from "#protocol/errors.ts";
import { type Audience, MAX_TOKEN_LENGTH } from "#protocol/token-audiences.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";
import { fetchedKeys, knownKey } from "./issuer-keys.ts";

/** Who makes the tokens: the name that they carry as `iss`, and where its public key, or keys, are. */
export type TokenIssuer = { readonly issuer: string } & (
  | { readonly publicKeyPem: string }
  | {
      readonly jwksUrl: string;
      /** @default {@link DEFAULT_CLAIM_RULES} */
      readonly claimRules?: ClaimRules;
    }
);

/** Whose token it is and until when, or one sentence that says why it is refused, which repeats nothing of the token. */
export type Verdict =
  | { readonly ok: true; readonly subject: string; readonly expiresAt: Date }
  | { readonly ok: false; readonly problem: string };

/**
 * Whether a token is good for `audience`, at this moment.
 * @throws {TokenKeysError} when the issuer's keys cannot be had, so that nothing can be said of the token.
 */
export type VerifyToken = (token: string, audience: Audience) => Promise<Verdict>;

const FORM = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Our own key is Ed25519 and nothing else. A token never chooses its algorithm: it would choose `none`. */
const OWN_ALGORITHMS = ["EdDSA"];
const OUTSIDE_ALGORITHMS = ["EdDSA", "ES256", "RS256"];
/** An outside issuer's clock may be off by this much. That of our own tokens need not: they have no `nbf`. */
const OUTSIDE_TOLERANCE_SECONDS = 5;

/**
 * What verifies the tokens of `issuer`.
 * @param now the time that tokens begin and end by.
 * @throws {TokenKeysError} when the public key is no Ed25519 key.
 */
export function createVerifyToken(issuer: TokenIssuer, now = () => new Date()): VerifyToken {
  const isOwn = "publicKeyPem" in issuer;
  const keyOf = isOwn ? knownKey(issuer.publicKeyPem) : fetchedKeys(issuer.jwksUrl);
  const algorithms = isOwn ? OWN_ALGORITHMS : OUTSIDE_ALGORITHMS;
  const clockTolerance = isOwn ? 0 : OUTSIDE_TOLERANCE_SECONDS;
  const rules = (isOwn ? undefined : issuer.claimRules) ?? DEFAULT_CLAIM_RULES;
  return async (token, audience) => {
    if (token === "") return refuse("Expected a token, got none.");
    if (token.length > MAX_TOKEN_LENGTH) {
      return refuse(`Expected a token of at most ${MAX_TOKEN_LENGTH} characters, got ${token.length}.`);
    }
    // jose would overlook white space in the signature.
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
      // An RSA key that is too short, for one.
      throw new TokenKeysError(`Expected ${issuer.issuer} to have a key of use.`, { cause: error });
    }
  };
}

/** Checks the claims that jose does not check. */
function checkClaims(
  payload: JWTPayload,
  { userClaim, audienceClaim }: ClaimRules,
  expectedAudience: string,
): Verdict {
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
  // An end that no calendar has, 1e300 say.
  if (Number.isNaN(expiresAt.getTime())) return refuse(BAD_END);
  return { ok: true, subject: user, expiresAt };
}

/** Not by plain indexing: `toString` would be found in every payload. */
const ownClaim = (payload: JWTPayload, claim: string): unknown =>
  Object.hasOwn(payload, claim) ? payload[claim] : undefined;

/** The JSON type of a claim: the value itself must not be logged. */
function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `type ${typeof value}`;
}

const BAD_FORM = "Expected a signed JSON Web Token: three parts with dots between.";
const BAD_END = "Expected the token to say when it ends (`exp`), in seconds since 1970.";

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
    return `Expected the token to name its key (\`kid\`), for ${issuer} has several.`;
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
      return `Expected a token of ${issuer} (\`iss\`): this one is another's.`;
    case "nbf":
      return "The token does not hold yet (`nbf`).";
    case "exp":
      return BAD_END;
    case userClaim:
      return `Expected the token to name its user (\`${userClaim}\`).`;
    default:
      return `Expected a good \`${claim}\` in the token.`;
  }
}

const wrongAudience = (expected: string, claim: string) =>
  `Expected a token for ${expected} (\`${claim}\`): this one is for something else.`;

const refuse = (problem: string) => ({ ok: false, problem }) as const;
