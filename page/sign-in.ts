import type { Access } from "./config.ts";
import type { KeptToken } from "./kept-token.ts";
import { EXPIRED, explainUseless, type Standing, standingOf } from "./standing.ts";
import { parseToken, type Token } from "./token.ts";

/** When a token was offered and no socket opened. The browser does not tell why. */
export const NOT_LET_IN =
  "The service did not let this page in. The token may have been refused, or the service cannot be reached.";

export interface SignInOptions {
  readonly access: Access;
  /** The user that the page's address names. */
  readonly named: string | undefined;
  readonly kept: KeptToken;
  /** The claim of a token that names its user. */
  readonly userClaim?: string;
  readonly now: () => Date;
}

/** The token that the page has, if any, and what it is with it. */
export class SignIn {
  readonly #options: SignInOptions;
  #named: string | undefined;
  #token: Token | undefined;
  /** `open` from the first socket on that opened with this token; `shut`: the first did not, nor has another since. */
  #door: "untried" | "open" | "shut" = "untried";
  #problem = "";

  /** Takes the token that was kept, unless it is of no use any more. */
  constructor(options: SignInOptions) {
    this.#options = options;
    this.#named = options.named;
    this.returnTo();
  }

  get token(): Token | undefined {
    return this.#token;
  }

  /** The user that the page's address names, unless the service refused that. */
  get named(): string | undefined {
    return this.#named;
  }

  get standing(): Standing {
    return standingOf(this.#options.access, this.#named, this.#token);
  }

  /** A sentence for the person who signs in; empty when there is nothing to say. */
  get problem(): string {
    return this.#problem;
  }

  /** Whether the service lets the page in, as far as is known. */
  get isLetIn(): boolean {
    return this.standing.offer !== undefined && this.#door !== "shut";
  }

  /** Takes up what is kept, which another page of the same tab may have changed. Returns whether it had. */
  returnTo(): boolean {
    const text = this.#options.kept.read();
    if (text === this.#token?.text) return false;
    if (text === undefined) this.forget();
    else if (!this.take(text)) this.forget(this.#problem);
    return true;
  }

  /** Returns whether the text is a token that may be of use: it is in use then, else the problem says why not. */
  take(text: string): boolean {
    const { access, kept, userClaim, now } = this.#options;
    const parsed = parseToken(text, userClaim);
    this.#problem = parsed.ok
      ? (explainUseless(access, this.#named, parsed.token, now()) ?? "")
      : parsed.problem;
    if (!parsed.ok || this.#problem !== "") return false;
    this.#token = parsed.token;
    this.#door = "untried";
    kept.keep(parsed.token.text);
    return true;
  }

  /** Goes on without the token. */
  forget(problem = ""): void {
    this.#token = undefined;
    this.#door = "untried";
    this.#problem = problem;
    this.#options.kept.forget();
  }

  /** Goes on without the name in the page's address. */
  forgetName(): void {
    this.#named = undefined;
  }

  /** Forgets a token that has ended. Returns whether it had. */
  expire(): boolean {
    if (!this.#token || this.#token.expiresAt > this.#options.now()) return false;
    this.forget(EXPIRED);
    return true;
  }

  /** A socket has opened. Returns whether that ends a problem. */
  opened(): boolean {
    const wasShut = this.#door === "shut";
    this.#door = "open";
    if (wasShut) this.#problem = "";
    return wasShut;
  }

  /** A socket did not open. Returns whether that is a problem now. */
  failed(): boolean {
    if (this.#door !== "untried" || !this.#token || this.#options.access.watch === "open") return false;
    this.#door = "shut";
    this.#problem = NOT_LET_IN;
    return true;
  }
}
