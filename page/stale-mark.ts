import type { After } from "#client/timer.ts";
import type { Status } from "#client/watch-socket.ts";
import { findElement } from "./find-element.ts";
import { timeElement } from "./time-element.ts";

/** An interruption that ends within this time is not shown: sockets are replaced every two hours. */
const MARK_AFTER_MS = 1000;

/** Marks the table while its prices are not updated, by its colour and in its caption. */
export class StaleMark {
  readonly #sheet = findElement("sheet", HTMLElement);
  readonly #caption = findElement("caption", HTMLElement);
  readonly #text = this.#caption.textContent;
  readonly #after: After;
  /** When something was received last on a live socket; `undefined`: the prices were never live. */
  #receivedAt: Date | undefined;
  #isLive = false;
  #cancel: (() => void) | undefined;

  constructor(after: After) {
    this.#after = after;
  }

  /** Records that the service has sent something. */
  receive(): void {
    if (this.#isLive) this.#receivedAt = new Date();
  }

  show({ state }: Status): void {
    this.#isLive = state === "live";
    if (this.#isLive) this.#receivedAt = new Date();
    if (this.#isLive || state === "signed-out") this.#clear();
    // Silence has lasted for a while when it becomes a state.
    else if (this.#receivedAt)
      this.#cancel ??= this.#after(state === "silent" ? 0 : MARK_AFTER_MS, () => this.#mark());
  }

  #mark(): void {
    if (!this.#receivedAt) return;
    this.#caption.replaceChildren("Not updating since ", timeElement(this.#receivedAt.toISOString()));
    this.#sheet.dataset["state"] = "stale";
  }

  #clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#sheet.dataset["state"] === undefined) return;
    delete this.#sheet.dataset["state"];
    this.#caption.textContent = this.#text;
  }
}
