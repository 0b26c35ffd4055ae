import * as v from "valibot";
import { DEFAULT_USER_CLAIM } from "#protocol/claim-rules.ts";
import { MAX_TOKEN_LENGTH } from "#protocol/token-audiences.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";

/** The unverified content of a JSON Web Token. Only the service verifies the signature. */
export interface Token {
  readonly text: string;
  /** The claim `sub`, or the user claim of `config.json`. */
  readonly user: string;
  /** The claim `exp`. */
  readonly expiresAt: Date;
}

/** A token, or an error message that does not repeat the pasted text. */
export type ParsedToken =
  | { readonly ok: true; readonly token: Token }
  | { readonly ok: false; readonly problem: string };

/** Also guarantees a valid subprotocol: browsers throw for other characters. */
const PARTS = /^[\w-]+\.([\w-]+)\.[\w-]+$/;

const user = v.pipe(v.string(), v.check(isUserId));
const expiry = v.pipe(
  v.number(),
  v.transform((seconds) => new Date(1000 * seconds)),
  // Rejects times outside the range of `Date`, such as 1e300.
  v.check((date) => !Number.isNaN(date.getTime())),
);

/**
 * Parses a pasted or stored token.
 * @param userClaim the claim that contains the user. @default "sub"
 */
export function parseToken(pasted: string, userClaim = DEFAULT_USER_CLAIM): ParsedToken {
  const text = pasted.trim();
  if (text.length > MAX_TOKEN_LENGTH) {
    return reject(`Expected a token of at most ${MAX_TOKEN_LENGTH} characters, got ${text.length}.`);
  }
  const payload = v.object({ [userClaim]: v.unknown(), exp: v.unknown() });
  const claims = v.safeParse(payload, readPayload(PARTS.exec(text)?.[1]));
  if (!claims.success) {
    return reject("Expected a token: three parts separated by dots. Copy the complete token.");
  }
  const { [userClaim]: userId, exp } = claims.output;
  if (!v.is(user, userId)) {
    return reject(`Expected the token claim ${userClaim} to be ${USER_ID_FORMAT}.`);
  }
  const expiresAt = v.safeParse(expiry, exp);
  return expiresAt.success
    ? { ok: true, token: { text, user: userId, expiresAt: expiresAt.output } }
    : reject("Expected the token claim exp to be a time in seconds since 1970.");
}

/** The JSON payload of a token; `undefined` if it is not base64url or not JSON. */
function readPayload(part: string | undefined): unknown {
  try {
    if (part === undefined) return undefined;
    // `atob` decodes only ASCII correctly, which is sufficient for user ids.
    return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
}

const reject = (problem: string) => ({ ok: false, problem }) as const;
