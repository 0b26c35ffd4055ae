import type { Attachment } from "#client/agenda.ts";
import { SUBPROTOCOL } from "#protocol/messages.ts";
import type { Access } from "./config.ts";
import type { Token } from "./token.ts";

/** Who the page is to the service. */
export interface Session {
  /** The subprotocols to offer; `undefined`: without a token the service lets nobody in. */
  readonly subprotocols: readonly string[] | undefined;
  /** Whose list the page follows, and the message by which it becomes theirs; `undefined`: it has its own. */
  readonly user?: { readonly id: string; readonly attachment: Attachment };
}

/**
 * What the page is with this token, or without one.
 * @param named the user that the page's address names.
 */
export function resolveSession(access: Access, named: string | undefined, token: Token | undefined): Session {
  const subprotocols = access.watch === "open" ? [SUBPROTOCOL] : token && [SUBPROTOCOL, token.text];
  const attachment = subprotocols && attachmentOf(access, named, token);
  if (!attachment) return { subprotocols };
  const id = attachment.action === "user" ? attachment.id : token?.user;
  return id === undefined ? { subprotocols } : { subprotocols, user: { id, attachment } };
}

function attachmentOf(
  { watch, user }: Access,
  named: string | undefined,
  token: Token | undefined,
): Attachment | undefined {
  if (token && watch === "open") return { action: "authorize", token: token.text };
  // Where names are open, a token only opens the door.
  const id = user === "open" ? (named ?? token?.user) : token?.user;
  return id === undefined ? undefined : { action: "user", id };
}

/** A sentence that says why the token is of no use here, for the person who has it; `undefined` when it may be. */
export function explainUnusableToken(
  { watch, user }: Access,
  named: string | undefined,
  token: Token,
): string | undefined {
  const isOnlyForDoor = watch === "token" && user === "open";
  if (named === undefined || named === token.user || isOnlyForDoor) return undefined;
  return `Expected a token of ${named}, whom the page's address names, got one of ${token.user}.`;
}
