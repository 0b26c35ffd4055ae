import { MAX_BASKETS, MAX_TICKERS_PER_BASKET, MAX_WATCHES, type WireQuote } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";

/** The row of one ticker. */
export interface Row {
  readonly ticker: Ticker;
  /** Absent until the first quote. */
  readonly price?: {
    readonly cents: number;
    /** Since the previous price; absent for the first price. */
    readonly changeCents?: number;
    /** Since the first price of this row. */
    readonly sinceFirstCents: number;
    /** Time of the publish, ISO 8601 in UTC. */
    readonly at: string;
  };
}

/** The most tickers that a connection can watch. Only a publish to this connection sends others. */
const MAX_KEPT = MAX_WATCHES + MAX_BASKETS * MAX_TICKERS_PER_BASKET;

/** The rows of a client, each with the newest received price. */
export class QuoteBoard {
  readonly #rows = new Map<string, Row>();
  readonly #firstCents = new Map<string, number>();
  /**
   * The newest quote of each ticker on the open socket, including tickers without a row: a quote may arrive before the
   * list or the basket that contains its ticker, which may bring an older one.
   */
  readonly #newest = new Map<string, WireQuote>();

  /** The version of the newest quote of each ticker on the open socket. */
  get versions(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#newest.values(), ({ ticker, version }) => [ticker, version]));
  }

  /**
   * Adds and removes rows to match `tickers`.
   * @returns the new rows that already have a price, and the tickers of the removed rows.
   */
  setTickers(tickers: readonly Ticker[]): {
    readonly priced: readonly Row[];
    readonly removed: readonly Ticker[];
  } {
    const shown = new Set(tickers);
    const removed = Array.from(this.#rows.values(), ({ ticker }) => ticker).filter(
      (ticker) => !shown.has(ticker),
    );
    for (const ticker of removed) {
      this.#rows.delete(ticker);
      this.#firstCents.delete(ticker);
    }
    const priced = tickers.flatMap((ticker) => {
      if (this.#rows.has(ticker)) return [];
      this.#rows.set(ticker, { ticker });
      const quote = this.#newest.get(ticker);
      return quote ? (this.#show(quote) ?? []) : [];
    });
    return { priced, removed };
  }

  /** Applies newer quotes and returns the changed rows. Quotes may be duplicated or out of order. */
  apply(quotes: readonly WireQuote[]): readonly Row[] {
    const changed = quotes.flatMap((quote) => {
      const isNewer = quote.version > (this.#newest.get(quote.ticker)?.version ?? Number.NEGATIVE_INFINITY);
      if (!isNewer) return [];
      // Moves the key to the end: `set` alone keeps the position of an existing key.
      this.#newest.delete(quote.ticker);
      this.#newest.set(quote.ticker, quote);
      return this.#show(quote) ?? [];
    });
    this.#evictOldest();
    return changed;
  }

  /**
   * Accepts any version again, for a new socket: after a reset of the graph, versions may restart below the old ones.
   */
  resetVersions(): void {
    this.#newest.clear();
  }

  #show({ ticker, price: cents, at }: WireQuote): Row | undefined {
    const row = this.#rows.get(ticker);
    const shown = row?.price;
    // A new socket mostly repeats the shown quote, which must not reset the last change to zero.
    if (!row || (shown && shown.cents === cents && shown.at === at)) return undefined;
    const firstCents = this.#firstCents.get(ticker) ?? cents;
    this.#firstCents.set(ticker, firstCents);
    const price = { cents, at, sinceFirstCents: cents - firstCents };
    const changed = {
      ticker: row.ticker,
      price: shown ? { ...price, changeCents: cents - shown.cents } : price,
    };
    this.#rows.set(ticker, changed);
    return changed;
  }

  #evictOldest(): void {
    for (const ticker of this.#newest.keys()) {
      if (this.#newest.size <= MAX_KEPT) return;
      if (!this.#rows.has(ticker)) this.#newest.delete(ticker);
    }
  }
}
