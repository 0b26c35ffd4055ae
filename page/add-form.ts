import { type ParsedEntries, parseEntries } from "./entry-list.ts";
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

  /** Leaves these words in the field, to be corrected. */
  leave(words: readonly string[]): void {
    this.input.value = words.join(" ");
    this.input.setAttribute("aria-invalid", String(this.input.value !== ""));
  }

  /** Says a sentence below the field. */
  say(text: string): void {
    this.#notice.textContent = text;
  }
}
