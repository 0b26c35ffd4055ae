/**
 * Hands on the newest value of each key, once per animation frame, however often values come. While the page is hidden a
 * browser draws no frames: then what waits is one value per key, and it is handed on when the page is seen again.
 */
export class OncePerFrame<Key, Value> {
  readonly #requestFrame: (onFrame: () => void) => void;
  readonly #handOn: (value: Value) => void;
  readonly #waiting = new Map<Key, Value>();
  #isFrameRequested = false;

  /** @param requestFrame `requestAnimationFrame`; tests give one that they call by hand. */
  constructor(requestFrame: (onFrame: () => void) => void, handOn: (value: Value) => void) {
    this.#requestFrame = requestFrame;
    this.#handOn = handOn;
  }

  put(key: Key, value: Value): void {
    this.#waiting.set(key, value);
    if (this.#isFrameRequested) return;
    this.#isFrameRequested = true;
    this.#requestFrame(() => this.#onFrame());
  }

  /** Hands nothing on of what waits under `key`. */
  discard(key: Key): void {
    this.#waiting.delete(key);
  }

  #onFrame(): void {
    this.#isFrameRequested = false;
    const values = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const value of values) this.#handOn(value);
  }
}
