import type { Row } from "#client/quote-board.ts";
import type { After } from "#client/timer.ts";
import type { Ticker } from "#protocol/quote.ts";
import { type PriceChange, summarizeChanges } from "./change-summary.ts";

/** The time between summaries, long enough for a screen reader to finish one. */
export const ANNOUNCE_INTERVAL_MS = 10_000;

/** Summarizes price changes for a live region. Disabled initially. */
export class Announcer {
  readonly #announce: (text: string) => void;
  readonly #after: After;
  readonly #changes = new Map<Ticker, PriceChange>();
  #isEnabled = false;
  #isWaiting = false;

  constructor(announce: (text: string) => void, after: After) {
    this.#announce = announce;
    this.#after = after;
  }

  setEnabled(isEnabled: boolean): void {
    this.#isEnabled = isEnabled;
    this.#changes.clear();
    this.#announce(
      isEnabled ? `Price changes are summarized here, at most every ${ANNOUNCE_INTERVAL_MS / 1000} s.` : "",
    );
  }

  /** Announces the changed rows: at once, or in the next summary. */
  add(rows: readonly Row[]): void {
    if (!this.#isEnabled) return;
    for (const { ticker, price } of rows) {
      if (!price) continue;
      const { changeCents } = price;
      const fromCents = changeCents === undefined ? undefined : price.cents - changeCents;
      const first = this.#changes.get(ticker) ?? { ticker, fromCents };
      this.#changes.set(ticker, { ...first, toCents: price.cents });
    }
    if (!this.#isWaiting) this.#announceChanges();
  }

  /** Removes a ticker from the next summary. */
  discard(ticker: Ticker): void {
    this.#changes.delete(ticker);
  }

  #announceChanges(): void {
    const summary = summarizeChanges([...this.#changes.values()]);
    this.#changes.clear();
    this.#isWaiting = summary !== "";
    if (!this.#isWaiting) return;
    this.#announce(summary);
    this.#after(ANNOUNCE_INTERVAL_MS, () => this.#announceChanges());
  }
}
