/** Things in the order of their coming, to be waited for one by one. */
export class Inbox<Thing> {
  readonly #things: Thing[] = [];
  readonly #waiting: ((thing: Thing) => void)[] = [];

  readonly push = (thing: Thing): void => {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(thing);
    else this.#things.push(thing);
  };

  /** The oldest that was not handed out yet; waits until there is one. */
  async next(): Promise<Thing> {
    if (this.#things.length > 0) return this.#things.shift() as Thing;
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands out all that were not yet, without waiting. */
  take(): Thing[] {
    return this.#things.splice(0);
  }

  /** Waits for one that is equal to `wanted`, and passes over those before it. */
  async until(wanted: Thing): Promise<void> {
    while (JSON.stringify(await this.next()) !== JSON.stringify(wanted)) {}
  }
}
