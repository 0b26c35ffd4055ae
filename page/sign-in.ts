import type { Access } from "./config.ts";
import type { TokenStore } from "./kept-token.ts";
import { explainUnusableToken, resolveSession, type Session } from "./standing.ts";
import { parseToken, type Token } from "./token.ts";

/** When a token was offered and no socket opened. The browser does not tell why. */
export const CONNECTION_REFUSED =
  "The service did not let this page in. The token may have been refused, or the service cannot be reached.";

export interface SignInOptions {
  readonly access: Access;
  /** The user that the page's address names. */
  readonly named: string | undefined;
  readonly tokenStore: TokenStore;
  /** The claim of a token that names its user. */
  readonly userClaim?: string;
  /** Of this device, whose clock may be wrong: only the service decides whether a token has expired. */
  readonly now: () => Date;
}

/** Added to {@link CONNECTION_REFUSED} when that is the likely reason. */
export const TOKEN_EXPIRED = "By the clock of this device it has expired.";

/** After this many failures in a row, on a network that works, a token that was good before has probably expired. */
const MAX_REFUSALS = 3;

/** The token that the page has, if any, and what it is with it. */
export class SignIn {
  readonly #options: SignInOptions;
  #named: string | undefined;
  #token: Token | undefined;
  /** `open` from the first socket on that opened with this token; `shut`: the token was probably refused since. */
  #door: "untried" | "open" | "shut" = "untried";
  /** Sockets in a row that did not open. */
  #refusals = 0;
  #problem = "";

  /** Takes the token that was kept, unless it is of no use any more. */
  constructor(options: SignInOptions) {
    this.#options = options;
    this.#named = options.named;
    this.reloadToken();
  }

  get token(): Token | undefined {
    return this.#token;
  }

  /** The user that the page's address names, unless the service refused that. */
  get named(): string | undefined {
    return this.#named;
  }

  get session(): Session {
    return resolveSession(this.#options.access, this.#named, this.#token);
  }

  /** A sentence for the person who signs in; empty when there is nothing to say. */
  get problem(): string {
    return this.#problem;
  }

  /** Whether the service lets the page in, as far as is known. */
  get canConnect(): boolean {
    return this.session.subprotocols !== undefined && this.#door !== "shut";
  }

  /** Takes up what is kept, which another page of the same tab may have changed. Returns whether it had. */
  reloadToken(): boolean {
    const text = this.#options.tokenStore.read();
    if (text === this.#token?.text) return false;
    if (text === undefined) this.clearToken();
    else if (!this.useToken(text)) this.clearToken(this.#problem);
    return true;
  }

  /** Returns whether the text is a token that may be of use: it is in use then, else the problem says why not. */
  useToken(text: string): boolean {
    const { access, tokenStore: kept, userClaim } = this.#options;
    const parsed = parseToken(text, userClaim);
    this.#problem = parsed.ok
      ? (explainUnusableToken(access, this.#named, parsed.token) ?? "")
      : parsed.problem;
    if (!parsed.ok || this.#problem !== "") return false;
    this.#token = parsed.token;
    this.#door = "untried";
    this.#refusals = 0;
    kept.save(parsed.token.text);
    return true;
  }

  /** Goes on without the token. */
  clearToken(problem = ""): void {
    this.#token = undefined;
    this.#door = "untried";
    this.#refusals = 0;
    this.#problem = problem;
    this.#options.tokenStore.clear();
  }

  /** Goes on without the name in the page's address. */
  ignoreNamedUser(): void {
    this.#named = undefined;
  }

  /** A socket has opened. Returns whether that ends a problem. */
  recordOpen(): boolean {
    const wasShut = this.#door === "shut";
    this.#door = "open";
    this.#refusals = 0;
    if (wasShut) this.#problem = "";
    return wasShut;
  }

  /** A socket did not open, on a network that works. Returns whether that is a problem now. */
  recordFailure(): boolean {
    if (this.#door === "shut" || !this.#token || this.#options.access.watch === "open") return false;
    this.#refusals += 1;
    const isPastEnd = this.#token.expiresAt <= this.#options.now();
    // A service that is down for a moment is no reason to ask for another token.
    if (this.#door === "open" && !isPastEnd && this.#refusals < MAX_REFUSALS) return false;
    this.#door = "shut";
    this.#problem = isPastEnd ? `${CONNECTION_REFUSED} ${TOKEN_EXPIRED}` : CONNECTION_REFUSED;
    return true;
  }
}
