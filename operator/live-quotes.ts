import { type Holdings, holdingsOf } from "#client/holdings.ts";
import { QuoteBoard, type Row } from "#client/quote-board.ts";
import type { WatchList } from "#client/watch-list.ts";
import type { QuotesMessage } from "#protocol/messages.ts";

/** The displayed state of a watched ticker. */
export interface LiveRow extends Row {
  /** The last prices in cents, oldest first. */
  readonly lastCents: readonly number[];
}

/** Number of last prices kept per ticker. */
export const MAX_LAST_PRICES = 24;

/** The current and last prices of a watch list. Accepts duplicate and out-of-order quotes. */
export class LiveQuotes {
  readonly #list: WatchList;
  readonly #board = new QuoteBoard();
  readonly #rows = new Map<string, LiveRow>();

  constructor(list: WatchList) {
    this.#list = list;
    this.#keep();
  }

  /** In list order. */
  get rows(): readonly LiveRow[] {
    return this.#list.lines.map(({ ticker }) => this.#rows.get(ticker) ?? { ticker, lastCents: [] });
  }

  /** The state that a `sync` message reports to the service. */
  get holdings(): Holdings {
    return holdingsOf(this.#list, this.#board.versions);
  }

  /** Applies a message and returns the rows whose price changed. */
  take(message: QuotesMessage): readonly LiveRow[] {
    const priced = this.#list.apply(message) ? this.#keep() : [];
    return [...priced, ...this.#board.apply(message.quotes)].map((row) => this.#remember(row));
  }

  /** Accepts every version again. Call it for a new socket. */
  forgetVersions(): void {
    this.#list.resetVersions();
    this.#board.resetVersions();
  }

  #keep(): readonly Row[] {
    const { priced, removed } = this.#board.setTickers(this.#list.lines.map(({ ticker }) => ticker));
    for (const ticker of removed) this.#rows.delete(ticker);
    return priced;
  }

  #remember(row: Row): LiveRow {
    const before = this.#rows.get(row.ticker)?.lastCents ?? [];
    const lastCents = row.price ? [...before, row.price.cents].slice(-MAX_LAST_PRICES) : before;
    const live = { ...row, lastCents };
    this.#rows.set(row.ticker, live);
    return live;
  }
}
