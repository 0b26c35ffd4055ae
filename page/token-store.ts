import type { OpenStorage } from "./stored-list.ts";

const KEY = "token";

/** Stores the token in use for one tab, across reloads. */
export class TokenStore {
  readonly #open: OpenStorage;
  /** The token until the page is reloaded, for browsers without storage. */
  #text: string | undefined;

  /** @param open returns `sessionStorage`. */
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
      // Without storage, the token must be pasted again after a reload.
    }
  }

  clear(): void {
    this.#text = undefined;
    try {
      this.#open().removeItem(KEY);
    } catch {
      // Without storage, nothing was stored.
    }
  }
}
