import { untilElement } from "./time-element.ts";
import type { Token } from "./token.ts";

/** Says in `line` as whom the page watches, and until when the token for it holds. Says nothing without a user. */
export function showSession(line: HTMLElement, user: string | undefined, token: Token | undefined): void {
  if (user === undefined) line.replaceChildren();
  else if (!token) line.replaceChildren("Watching as ", dataElement(user));
  else {
    const whose = token.user === user ? ["token"] : ["with ", dataElement(token.user), "’s token"];
    line.replaceChildren(
      "Watching as ",
      dataElement(user),
      ", ",
      ...whose,
      " until ",
      untilElement(token.expiresAt),
    );
  }
}

/** Text that a browser's translation leaves alone. */
function dataElement(text: string): HTMLElement {
  const element = document.createElement("span");
  element.translate = false;
  element.textContent = text;
  return element;
}
