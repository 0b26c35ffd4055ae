import { findElement } from "./find-element.ts";
import type { SignInView } from "./sign-in-view.ts";

/** Where a person signs in with a token, and out again. */
export class SignInForm {
  readonly #form = findElement("sign-in", HTMLFormElement);
  readonly #input = findElement("token", HTMLInputElement);
  readonly #hint = findElement("sign-in-hint", HTMLElement);
  /** Outside of the form: words in a live region that was hidden may not be read out. */
  readonly #problem = findElement("sign-in-problem", HTMLElement);
  readonly #toggle = findElement("sign-in-toggle", HTMLButtonElement);
  readonly #signOut = findElement("sign-out", HTMLButtonElement);

  /** @param onToken told what was pasted. @param onSignOut told that the token is to be forgotten. */
  constructor(onToken: (text: string) => void, onSignOut: () => void) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onToken(this.#input.value);
    });
    this.#form.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && !this.#toggle.hidden) this.#setOpen(false);
    });
    this.#toggle.addEventListener("click", () => this.#setOpen(this.#form.hidden !== false));
    this.#signOut.addEventListener("click", onSignOut);
  }

  /** What was typed stays until the form goes. */
  show({ state, hint, isOpen, problem }: SignInView): void {
    this.#toggle.hidden = state !== "offered";
    this.#signOut.hidden = state !== "done";
    this.#hint.textContent = hint;
    this.#say(problem);
    this.#reveal(isOpen);
  }

  /** Has the token typed anew. */
  select(): void {
    this.#input.select();
  }

  /** Puts the focus where one goes on from here. */
  focus(): void {
    if (!this.#form.hidden) this.#input.focus();
    else if (!this.#toggle.hidden) this.#toggle.focus();
    else this.#signOut.focus();
  }

  #setOpen(isOpen: boolean): void {
    this.#say("");
    this.#reveal(isOpen);
    this.focus();
  }

  #reveal(isOpen: boolean): void {
    if (!isOpen) this.#input.value = "";
    this.#form.hidden = !isOpen;
    this.#toggle.ariaExpanded = String(isOpen);
  }

  #say(problem: string): void {
    this.#input.setAttribute("aria-invalid", String(problem !== "" && this.#input.value !== ""));
    // Writing the same text anew would have a screen reader say it again.
    if (this.#problem.textContent !== problem) this.#problem.textContent = problem;
  }
}
