import { untilElement } from "./time-element.ts";
import type { Token } from "./token.ts";

/** Says in `line` as whom the page watches, and until when the token for it holds. Says nothing without a user. */
export function showStanding(line: HTMLElement, user: string | undefined, token: Token | undefined): void {
  if (user === undefined) line.replaceChildren();
  else if (!token) line.replaceChildren(`Watching as ${user}`);
  else {
    const whose = token.user === user ? "token" : `with ${token.user}’s token`;
    line.replaceChildren(`Watching as ${user}, ${whose} until `, untilElement(token.expiresAt));
  }
}
