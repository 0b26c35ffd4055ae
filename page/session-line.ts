import { untilElement } from "./time-element.ts";
import type { Token } from "./token.ts";

/** Shows the user of the session and the expiry of the token; nothing without a user. */
export function showSession(line: HTMLElement, user: string | undefined, token: Token | undefined): void {
  if (user === undefined) line.replaceChildren();
  else if (!token) line.replaceChildren("Watching as ", dataElement(user));
  else {
    const owner = token.user === user ? ["token"] : ["with ", dataElement(token.user), "’s token"];
    line.replaceChildren(
      "Watching as ",
      dataElement(user),
      ", ",
      ...owner,
      " until ",
      untilElement(token.expiresAt),
    );
  }
}

/** A text that browsers do not translate. */
function dataElement(text: string): HTMLElement {
  const element = document.createElement("span");
  element.translate = false;
  element.textContent = text;
  return element;
}
