import type { Attachment } from "#client/pending-requests.ts";
import { SUBPROTOCOL } from "#protocol/messages.ts";
import type { Access } from "./config.ts";
import type { Token } from "./token.ts";

/** The identity that the page connects with. */
export interface Session {
  /** The subprotocols to offer; `undefined` if the service requires a token and there is none. */
  readonly subprotocols: readonly string[] | undefined;
  /** The user whose list the page shows, and the message that attaches to it; absent for the page's own list. */
  readonly user?: { readonly id: string; readonly attachment: Attachment };
}

/**
 * The session for this token, or an anonymous one.
 * @param namedUser the user in the page's URL.
 */
export function resolveSession(
  access: Access,
  namedUser: string | undefined,
  token: Token | undefined,
): Session {
  const subprotocols = access.watch === "open" ? [SUBPROTOCOL] : token && [SUBPROTOCOL, token.text];
  const attachment = subprotocols && attachmentOf(access, namedUser, token);
  if (!attachment) return { subprotocols };
  const id = attachment.action === "user" ? attachment.id : token?.user;
  return id === undefined ? { subprotocols } : { subprotocols, user: { id, attachment } };
}

function attachmentOf(
  { watch, user }: Access,
  namedUser: string | undefined,
  token: Token | undefined,
): Attachment | undefined {
  if (token && watch === "open") return { action: "authorize", token: token.text };
  // If users are open, the token is needed only to connect.
  const id = user === "open" ? (namedUser ?? token?.user) : token?.user;
  return id === undefined ? undefined : { action: "user", id };
}

/** An error message for a token that cannot be used here; `undefined` if it may be usable. */
export function explainUnusableToken(
  { watch, user }: Access,
  namedUser: string | undefined,
  token: Token,
): string | undefined {
  const isOnlyForConnect = watch === "token" && user === "open";
  if (namedUser === undefined || namedUser === token.user || isOnlyForConnect) return undefined;
  return `Expected a token of ${namedUser}, the user in the page's address, got one of ${token.user}.`;
}
