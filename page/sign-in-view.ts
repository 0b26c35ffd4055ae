import type { Access } from "./config.ts";

/** The state of the sign-in form. */
export interface SignInView {
  /**
   * `needed`: the service requires a token. `offered`: a token is needed to watch as a user. `unneeded`: the page watches
   * as a user without one. `done`: signed in.
   */
  readonly state: "needed" | "offered" | "unneeded" | "done";
  /** Explains the purpose of a token. */
  readonly hint: string;
  /** Whether the form is open initially. */
  readonly isOpen: boolean;
  /** An error message; empty without an error. */
  readonly problem: string;
}

/**
 * The state of the sign-in form for this session.
 * @param namedUser the user in the page's URL.
 */
export function signInView(
  access: Access,
  namedUser: string | undefined,
  { token, problem }: { readonly token?: unknown; readonly problem: string },
): SignInView {
  const isNeeded = access.watch === "token";
  const requiredUser = access.user === "token" ? namedUser : undefined;
  const hasProblem = problem !== "";
  const isFollowing = access.user === "open" && namedUser !== undefined;
  return {
    state: token ? "done" : isNeeded ? "needed" : isFollowing ? "unneeded" : "offered",
    hint: `${purpose(isNeeded, requiredUser)} It is kept only in this tab.`,
    isOpen: token ? hasProblem : hasProblem || isNeeded || requiredUser !== undefined,
    problem,
  };
}

function purpose(isNeeded: boolean, requiredUser: string | undefined): string {
  if (requiredUser !== undefined) return `Watching as ${requiredUser} requires a token of ${requiredUser}.`;
  return isNeeded ? "Watching requires a token." : "With a token, you watch as its user.";
}
