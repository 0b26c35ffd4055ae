/**
 * Applies the newest value of each key once per animation frame. A browser draws no frames of a hidden page, so one value
 * per key waits until the page is visible.
 */
export class OncePerFrame<Key, Value> {
  readonly #requestFrame: (onFrame: () => void) => void;
  readonly #apply: (value: Value) => void;
  readonly #waiting = new Map<Key, Value>();
  #isFrameRequested = false;

  /** @param requestFrame `requestAnimationFrame`. */
  constructor(requestFrame: (onFrame: () => void) => void, apply: (value: Value) => void) {
    this.#requestFrame = requestFrame;
    this.#apply = apply;
  }

  put(key: Key, value: Value): void {
    this.#waiting.set(key, value);
    if (this.#isFrameRequested) return;
    this.#isFrameRequested = true;
    this.#requestFrame(() => this.#onFrame());
  }

  /** Removes the waiting value of `key`. */
  discard(key: Key): void {
    this.#waiting.delete(key);
  }

  #onFrame(): void {
    this.#isFrameRequested = false;
    const values = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const value of values) this.#apply(value);
  }
}
