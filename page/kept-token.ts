import type { OpenStorage } from "./stored-list.ts";

const KEY = "token";

/** The text of the one token in use, for as long as the tab is there: reloads keep it, other tabs do not get it. */
export class TokenStore {
  readonly #open: OpenStorage;
  /** Where the browser keeps nothing, this keeps the token until the page is reloaded. */
  #text: string | undefined;

  /** @param open what is gone with the tab: `sessionStorage`. */
  constructor(open: OpenStorage) {
    this.#open = open;
  }

  read(): string | undefined {
    try {
      return this.#open().getItem(KEY) ?? undefined;
    } catch {
      return this.#text;
    }
  }

  save(text: string): void {
    this.#text = text;
    try {
      this.#open().setItem(KEY, text);
    } catch {
      // Then it has to be pasted again after a reload.
    }
  }

  clear(): void {
    this.#text = undefined;
    try {
      this.#open().removeItem(KEY);
    } catch {
      // Then nothing was kept.
    }
  }
}
