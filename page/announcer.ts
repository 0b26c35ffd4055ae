import type { Row } from "#client/quote-board.ts";
import type { After } from "#client/timer.ts";
import type { Ticker } from "#protocol/quote.ts";
import { type PriceChange, summarizeChanges } from "./change-summary.ts";

/** Between one summary and the next: time for a screen reader to read it out, and for its user to do something else. */
export const ANNOUNCE_INTERVAL_MS = 10_000;

/** Sums price changes up for a line that a screen reader reads out. Off until it is turned on. */
export class Announcer {
  readonly #say: (text: string) => void;
  readonly #after: After;
  readonly #changes = new Map<Ticker, PriceChange>();
  #isOn = false;
  #isWaiting = false;

  constructor(say: (text: string) => void, after: After) {
    this.#say = say;
    this.#after = after;
  }

  setEnabled(isOn: boolean): void {
    this.#isOn = isOn;
    this.#changes.clear();
    this.#say(
      isOn ? `Price changes are summed up here, every ${ANNOUNCE_INTERVAL_MS / 1000} s at most.` : "",
    );
  }

  /** Says what changed: at once, or together with what else changes until the next summary is due. */
  add(rows: readonly Row[]): void {
    if (!this.#isOn) return;
    for (const { ticker, price } of rows) {
      if (!price) continue;
      const { changeCents } = price;
      const fromCents = changeCents === undefined ? undefined : price.cents - changeCents;
      const first = this.#changes.get(ticker) ?? { ticker, fromCents };
      this.#changes.set(ticker, { ...first, toCents: price.cents });
    }
    if (!this.#isWaiting) this.#sayChanges();
  }

  /** Says nothing more of a ticker that was dropped. */
  discard(ticker: Ticker): void {
    this.#changes.delete(ticker);
  }

  #sayChanges(): void {
    const summary = summarizeChanges([...this.#changes.values()]);
    this.#changes.clear();
    this.#isWaiting = summary !== "";
    if (!this.#isWaiting) return;
    this.#say(summary);
    this.#after(ANNOUNCE_INTERVAL_MS, () => this.#sayChanges());
  }
}
