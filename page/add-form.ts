import { type ParsedEntries, parseEntries } from "#client/entry-list.ts";
import { findElement } from "./find-element.ts";

/** Where a person adds to the list, and what they are told of that. */
export class AddForm {
  readonly input = findElement("tickers", HTMLInputElement);
  readonly #form = findElement("add", HTMLFormElement);
  readonly #notice = findElement("notice", HTMLElement);

  /** @param onAdd told what was typed. */
  constructor(onAdd: (typed: ParsedEntries) => void) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onAdd(parseEntries(this.input.value));
    });
  }

  get isHidden(): boolean {
    return this.#form.hidden !== false;
  }

  set isHidden(isHidden: boolean) {
    this.#form.hidden = isHidden;
  }

  /** Empties the field: everything in it was added. */
  clear(): void {
    this.#fill("", false);
  }

  /** Marks the text in the field as wrong, and leaves it to be corrected. */
  markInvalid(): void {
    this.#fill(this.input.value, true);
  }

  /** Fills the field with words. @param isWrong whether they need a correction, or only a confirmation. */
  fill(words: readonly string[], isWrong: boolean): void {
    this.#fill(words.join(" "), isWrong);
  }

  /** Says a sentence below the field. */
  showMessage(text: string): void {
    this.#notice.textContent = text;
  }

  #fill(text: string, isWrong: boolean): void {
    this.input.value = text;
    this.input.setAttribute("aria-invalid", String(isWrong && text !== ""));
  }
}
