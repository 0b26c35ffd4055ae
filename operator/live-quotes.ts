import { type Holdings, holdingsOf } from "#client/holdings.ts";
import { QuoteBoard, type Row } from "#client/quote-board.ts";
import type { WatchList } from "#client/watch-list.ts";
import type { QuotesMessage } from "#protocol/messages.ts";

/** A ticker that is watched, with what is shown of it. */
export interface LiveRow extends Row {
  /** The last prices in cents, oldest first. */
  readonly lastCents: readonly number[];
}

/** How many of a ticker's last prices are kept. */
export const MAX_LAST_PRICES = 24;

/** What a list's tickers cost now, and did lately. Quotes may come twice and out of order. */
export class LiveQuotes {
  readonly #list: WatchList;
  readonly #board = new QuoteBoard();
  readonly #rows = new Map<string, LiveRow>();

  constructor(list: WatchList) {
    this.#list = list;
    this.#keep();
  }

  /** In the order of the list. */
  get rows(): readonly LiveRow[] {
    return this.#list.lines.map(({ ticker }) => this.#rows.get(ticker) ?? { ticker, lastCents: [] });
  }

  /** What `sync` compares with the service. */
  get holdings(): Holdings {
    return holdingsOf(this.#list, this.#board.versions);
  }

  /** Takes a message in, and returns the rows whose price is news. */
  take(message: QuotesMessage): readonly LiveRow[] {
    const priced = this.#list.apply(message) ? this.#keep() : [];
    return [...priced, ...this.#board.apply(message.quotes)].map((row) => this.#remember(row));
  }

  /** Accepts any version as news again, for a new socket. */
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
