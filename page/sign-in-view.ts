import type { Access } from "./config.ts";

/** How the page asks for a token. */
export interface SignInView {
  /**
   * `needed`: the service requires a token. `offered`: with a token the page can do more. `unneeded`: it can do everything
   * without one. `done`: there is one.
   */
  readonly state: "needed" | "offered" | "unneeded" | "done";
  /** What a token is for. */
  readonly hint: string;
  /** Whether the form is there without being asked for. */
  readonly isOpen: boolean;
  /** A sentence that says what is wrong; empty when nothing is. */
  readonly problem: string;
}

/**
 * How the page asks for a token, or for another one.
 * @param named the user that the page's address names.
 */
export function signInView(
  access: Access,
  named: string | undefined,
  { token, problem }: { readonly token?: unknown; readonly problem: string },
): SignInView {
  const isNeeded = access.watch === "token";
  const missed = access.user === "token" ? named : undefined;
  const hasProblem = problem !== "";
  const isFollowing = access.user === "open" && named !== undefined;
  return {
    state: token ? "done" : isNeeded ? "needed" : isFollowing ? "unneeded" : "offered",
    hint: `${purpose(isNeeded, missed)} It stays in this tab, and goes with it.`,
    isOpen: token ? hasProblem : hasProblem || isNeeded || missed !== undefined,
    problem,
  };
}

function purpose(isNeeded: boolean, missed: string | undefined): string {
  if (missed !== undefined) return `To watch as ${missed}, this page needs a token of ${missed}.`;
  return isNeeded ? "To watch, this page needs a token." : "With a token, you watch as its user.";
}
