import * as v from "valibot";
import { DEFAULT_USER_CLAIM } from "#protocol/claim-rules.ts";
import { MAX_TOKEN_LENGTH } from "#protocol/token-audiences.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";

/** What a JSON Web Token says of itself. Only the service can tell whether that is true. */
export interface Token {
  readonly text: string;
  /** The user: `sub`, or the claim that `config.json` names. */
  readonly user: string;
  /** When it ends: its `exp`. */
  readonly expiresAt: Date;
}

/** A token, or one sentence for the person who pasted something else. It repeats nothing of it. */
export type ParsedToken =
  | { readonly ok: true; readonly token: Token }
  | { readonly ok: false; readonly problem: string };

/** These characters alone, too, may be offered as a subprotocol: a browser throws for others. */
const PARTS = /^[\w-]+\.([\w-]+)\.[\w-]+$/;

const user = v.pipe(v.string(), v.check(isUserId));
const end = v.pipe(
  v.number(),
  v.transform((seconds) => new Date(1000 * seconds)),
  // An end that no calendar has, 1e300 say.
  v.check((date) => !Number.isNaN(date.getTime())),
);

/**
 * Reads what somebody pasted, or what was kept.
 * @param userClaim the claim that names the user.
 */
export function parseToken(pasted: string, userClaim = DEFAULT_USER_CLAIM): ParsedToken {
  const text = pasted.trim();
  if (text.length > MAX_TOKEN_LENGTH) {
    return refuse(`Expected a token of at most ${MAX_TOKEN_LENGTH} characters, got ${text.length}.`);
  }
  const payload = v.object({ [userClaim]: v.unknown(), exp: v.unknown() });
  const claims = v.safeParse(payload, readPayload(PARTS.exec(text)?.[1]));
  if (!claims.success) {
    return refuse("Expected a token: three parts with dots between. Copy all of it, and nothing else.");
  }
  const { [userClaim]: named, exp } = claims.output;
  if (!v.is(user, named)) {
    return refuse(`Expected the token to name its user (${userClaim}): ${USER_ID_FORMAT}.`);
  }
  const expiresAt = v.safeParse(end, exp);
  return expiresAt.success
    ? { ok: true, token: { text, user: named, expiresAt: expiresAt.output } }
    : refuse("Expected the token to say when it ends (exp), in seconds since 1970.");
}

/** The JSON of a token's middle part, base64url; `undefined` when it is none. */
function readPayload(part: string | undefined): unknown {
  try {
    if (part === undefined) return undefined;
    // Characters outside ASCII are decoded wrongly: no user id contains one, and no other text is read.
    return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
}

const refuse = (problem: string) => ({ ok: false, problem }) as const;
