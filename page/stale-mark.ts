import type { After } from "#client/timer.ts";
import type { Status } from "#client/watch-socket.ts";
import { findElement } from "./find-element.ts";
import { timeElement } from "./time-element.ts";

/** Shorter interruptions are not shown: sockets are replaced every two hours. */
const MARK_AFTER_MS = 1000;

/** Marks the table while its prices are not updated, by colour and caption. */
export class StaleMark {
  readonly #sheet = findElement("sheet", HTMLElement);
  readonly #caption = findElement("caption", HTMLElement);
  readonly #text = this.#caption.textContent;
  readonly #after: After;
  /** The last time a live socket received a message; `undefined` before the first. */
  #receivedAt: Date | undefined;
  #isLive = false;
  #cancel: (() => void) | undefined;

  constructor(after: After) {
    this.#after = after;
  }

  /** Records a received message. */
  receive(): void {
    if (this.#isLive) this.#receivedAt = new Date();
  }

  show({ state }: Status): void {
    this.#isLive = state === "live";
    if (this.#isLive) this.#receivedAt = new Date();
    if (this.#isLive || state === "signed-out") this.#clear();
    // `silent` follows 30 s without a message, so it needs no delay.
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
