import { findElement } from "./find-element.ts";
import type { SignInView } from "./sign-in-view.ts";

/** The form to sign in with a token, and the button to sign out. */
export class SignInForm {
  readonly #form = findElement("sign-in", HTMLFormElement);
  readonly #input = findElement("token", HTMLInputElement);
  readonly #hint = findElement("sign-in-hint", HTMLElement);
  /** Outside the form: a live region that was hidden may not be read aloud. */
  readonly #problem = findElement("sign-in-problem", HTMLElement);
  readonly #toggle = findElement("sign-in-toggle", HTMLButtonElement);
  readonly #signOut = findElement("sign-out", HTMLButtonElement);

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

  /** Keeps the typed text while the form is open. */
  show({ state, hint, isOpen, problem }: SignInView): void {
    this.#toggle.hidden = state !== "offered";
    this.#signOut.hidden = state !== "done";
    this.#hint.textContent = hint;
    this.#showProblem(problem);
    this.#toggleForm(isOpen);
  }

  /** Selects the token, to be replaced. */
  select(): void {
    this.#input.select();
  }

  /** Focuses the first visible control. */
  focus(): void {
    if (!this.#form.hidden) this.#input.focus();
    else if (!this.#toggle.hidden) this.#toggle.focus();
    else this.#signOut.focus();
  }

  #setOpen(isOpen: boolean): void {
    this.#showProblem("");
    this.#toggleForm(isOpen);
    this.focus();
  }

  #toggleForm(isOpen: boolean): void {
    if (!isOpen) this.#input.value = "";
    this.#form.hidden = !isOpen;
    this.#toggle.ariaExpanded = String(isOpen);
  }

  #showProblem(problem: string): void {
    this.#input.setAttribute("aria-invalid", String(problem !== "" && this.#input.value !== ""));
    // A screen reader would read the same text again.
    if (this.#problem.textContent !== problem) this.#problem.textContent = problem;
  }
}
