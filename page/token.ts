import * as v from "valibot";
import { isName } from "../lambdas/quote.ts";
import { MAX_TOKEN_LENGTH } from "../lambdas/tokens/audiences.ts";

/** What a JSON Web Token says of itself. Only the service can tell whether that is true. */
export interface Token {
  readonly text: string;
  /** Whose it is: its `sub`. */
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

const payload = v.object({ sub: v.unknown(), exp: v.unknown() });
const user = v.pipe(v.string(), v.check(isName));
const end = v.pipe(
  v.number(),
  v.transform((seconds) => new Date(1000 * seconds)),
  // An end that no calendar has, 1e300 say.
  v.check((date) => !Number.isNaN(date.getTime())),
);

/** Reads what somebody pasted, or what was kept. */
export function parseToken(pasted: string): ParsedToken {
  const text = pasted.trim();
  if (text.length > MAX_TOKEN_LENGTH) {
    return refuse(`Expected a token of at most ${MAX_TOKEN_LENGTH} characters, got ${text.length}.`);
  }
  const claims = v.safeParse(payload, readPayload(PARTS.exec(text)?.[1]));
  if (!claims.success) {
    return refuse("Expected a token: three parts with dots between. Copy all of it, and nothing else.");
  }
  const { sub, exp } = claims.output;
  if (!v.is(user, sub)) {
    return refuse("Expected the token to name its user (sub): 1 to 64 of A–Z a–z 0–9 . _ -");
  }
  const expiresAt = v.safeParse(end, exp);
  return expiresAt.success
    ? { ok: true, token: { text, user: sub, expiresAt: expiresAt.output } }
    : refuse("Expected the token to say when it ends (exp), in seconds since 1970.");
}

/** The JSON of a token's middle part, base64url; `undefined` when it is none. */
function readPayload(part: string | undefined): unknown {
  try {
    if (part === undefined) return undefined;
    // Letters beyond ASCII come out garbled: no name of a user has any, and nothing else is read.
    return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
}

const refuse = (problem: string) => ({ ok: false, problem }) as const;
