import { type ParsedEntries, parseEntries } from "#client/entry-list.ts";
import { findElement } from "./find-element.ts";

/** The form that adds entries to the list, with its message. */
export class AddForm {
  readonly input = findElement("tickers", HTMLInputElement);
  readonly #form = findElement("add", HTMLFormElement);
  readonly #notice = findElement("notice", HTMLElement);

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

  clear(): void {
    this.#fill("", false);
  }

  /** Marks the text in the field as invalid and keeps it. */
  markInvalid(): void {
    this.#fill(this.input.value, true);
  }

  /** @param isInvalid whether the items need a correction, or only a confirmation. */
  fill(items: readonly string[], isInvalid: boolean): void {
    this.#fill(items.join(" "), isInvalid);
  }

  /** Shows a message below the field. */
  showMessage(text: string): void {
    this.#notice.textContent = text;
  }

  #fill(text: string, isInvalid: boolean): void {
    this.input.value = text;
    this.input.setAttribute("aria-invalid", String(isInvalid && text !== ""));
  }
}
