import type { Access } from "./config.ts";
import { explainUnusableToken, resolveSession, type Session } from "./session.ts";
import { parseToken, type Token } from "./token.ts";
import type { TokenStore } from "./token-store.ts";

/** Shown when no socket opened with a token. The browser does not report the reason. */
export const CONNECTION_REFUSED =
  "Could not connect. The token may have been rejected, or the service is unreachable.";

export interface SignInOptions {
  readonly access: Access;
  /** The user in the page's URL. */
  readonly namedUser: string | undefined;
  readonly tokenStore: TokenStore;
  /** The token claim that contains the user. */
  readonly userClaim?: string;
  /** The device clock, which may be wrong: only the service decides whether a token has expired. */
  readonly now: () => Date;
}

/** Appended to {@link CONNECTION_REFUSED} when that is the likely reason. */
export const TOKEN_EXPIRED = "By this device's clock the token has expired.";

/** After this many consecutive failures on a working network, a token that was accepted before has probably expired. */
const MAX_REFUSALS = 3;

/** The token in use, if any, and the session that results from it. */
export class SignIn {
  readonly #options: SignInOptions;
  #namedUser: string | undefined;
  #token: Token | undefined;
  /** `accepted`: a socket has opened with the token; `rejected`: the service has probably rejected it since. */
  #tokenState: "untested" | "accepted" | "rejected" = "untested";
  /** Consecutive sockets that did not open. */
  #refusals = 0;
  #problem = "";

  /** Starts with the stored token if it is usable. */
  constructor(options: SignInOptions) {
    this.#options = options;
    this.#namedUser = options.namedUser;
    this.reloadToken();
  }

  get token(): Token | undefined {
    return this.#token;
  }

  /** The user in the page's URL, unless the service rejected it. */
  get namedUser(): string | undefined {
    return this.#namedUser;
  }

  get session(): Session {
    return resolveSession(this.#options.access, this.#namedUser, this.#token);
  }

  /** An error message; empty without an error. */
  get problem(): string {
    return this.#problem;
  }

  /** Whether the service accepts connections of this session, as far as known. */
  get canConnect(): boolean {
    return this.session.subprotocols !== undefined && this.#tokenState !== "rejected";
  }

  /** Applies the stored token, which another page in this tab may have changed. Returns whether it has changed. */
  reloadToken(): boolean {
    const text = this.#options.tokenStore.read();
    if (text === this.#token?.text) return false;
    if (text === undefined) this.clearToken();
    else if (!this.useToken(text)) this.clearToken(this.#problem);
    return true;
  }

  /** Uses the token and returns true if it is usable; otherwise sets {@link problem}. */
  useToken(text: string): boolean {
    const { access, tokenStore, userClaim } = this.#options;
    const parsed = parseToken(text, userClaim);
    this.#problem = parsed.ok
      ? (explainUnusableToken(access, this.#namedUser, parsed.token) ?? "")
      : parsed.problem;
    if (!parsed.ok || this.#problem !== "") return false;
    this.#token = parsed.token;
    this.#tokenState = "untested";
    this.#refusals = 0;
    tokenStore.save(parsed.token.text);
    return true;
  }

  clearToken(problem = ""): void {
    this.#token = undefined;
    this.#tokenState = "untested";
    this.#refusals = 0;
    this.#problem = problem;
    this.#options.tokenStore.clear();
  }

  /** Continues without the user in the page's URL. */
  ignoreNamedUser(): void {
    this.#namedUser = undefined;
  }

  /** Records an opened socket. Returns whether that resolves the problem. */
  recordOpen(): boolean {
    const wasRejected = this.#tokenState === "rejected";
    this.#tokenState = "accepted";
    this.#refusals = 0;
    if (wasRejected) this.#problem = "";
    return wasRejected;
  }

  /** Records a socket that did not open on a working network. Returns whether that is a new problem. */
  recordFailure(): boolean {
    if (this.#tokenState === "rejected" || !this.#token || this.#options.access.watch === "open")
      return false;
    this.#refusals += 1;
    const isExpired = this.#token.expiresAt <= this.#options.now();
    // A short outage of the service does not require another token.
    if (this.#tokenState === "accepted" && !isExpired && this.#refusals < MAX_REFUSALS) return false;
    this.#tokenState = "rejected";
    this.#problem = isExpired ? `${CONNECTION_REFUSED} ${TOKEN_EXPIRED}` : CONNECTION_REFUSED;
    return true;
  }
}
