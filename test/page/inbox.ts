/** A FIFO queue with asynchronous reads. */
export class Inbox<Thing> {
  readonly #things: Thing[] = [];
  readonly #waiting: ((thing: Thing) => void)[] = [];

  readonly push = (thing: Thing): void => {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(thing);
    else this.#things.push(thing);
  };

  /** Removes and returns the oldest item; waits for one if empty. */
  async next(): Promise<Thing> {
    if (this.#things.length > 0) return this.#things.shift() as Thing;
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Removes and returns all items without waiting. */
  take(): Thing[] {
    return this.#things.splice(0);
  }

  /** Waits for an item equal to `expected` and discards those before it. */
  async until(expected: Thing): Promise<void> {
    while (JSON.stringify(await this.next()) !== JSON.stringify(expected)) {}
  }
}
