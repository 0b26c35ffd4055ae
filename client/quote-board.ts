import { MAX_BASKETS, MAX_TICKERS_PER_BASKET, MAX_WATCHES, type WireQuote } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";

/** What is shown of one ticker. */
export interface Row {
  readonly ticker: Ticker;
  /** Absent until the first quote. */
  readonly price?: {
    readonly cents: number;
    /** Against the price that came before; absent when none did. */
    readonly changeCents?: number;
    /** Against the first price that was shown since the row is there. */
    readonly sinceFirstCents: number;
    /** When it was published, ISO 8601 in UTC. */
    readonly at: string;
  };
}

/** No connection watches more. Others are told of only by a publisher who names the connection. */
const MAX_KEPT = MAX_WATCHES + MAX_BASKETS * MAX_TICKERS_PER_BASKET;

/** The tickers that are shown, each with the newest price that came for it. */
export class QuoteBoard {
  readonly #rows = new Map<string, Row>();
  readonly #firstCents = new Map<string, number>();
  /**
   * The newest quote of each ticker on the socket that is open now, also of those without a row: it may come before the list
   * or the basket that its ticker belongs to, and what these bring along may be older.
   */
  readonly #newest = new Map<string, WireQuote>();

  /** The version of the newest quote of each ticker on the open socket. */
  get versions(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#newest.values(), ({ ticker, version }) => [ticker, version]));
  }

  /** Has rows for just these tickers. Returns those that are new and have a price already, and the tickers whose row is gone. */
  setTickers(tickers: readonly Ticker[]): {
    readonly priced: readonly Row[];
    readonly gone: readonly Ticker[];
  } {
    const kept = new Set(tickers);
    const gone = Array.from(this.#rows.values(), ({ ticker }) => ticker).filter(
      (ticker) => !kept.has(ticker),
    );
    for (const ticker of gone) {
      this.#rows.delete(ticker);
      this.#firstCents.delete(ticker);
    }
    const priced = tickers.flatMap((ticker) => {
      if (this.#rows.has(ticker)) return [];
      this.#rows.set(ticker, { ticker });
      const quote = this.#newest.get(ticker);
      return quote ? (this.#show(quote) ?? []) : [];
    });
    return { priced, gone };
  }

  /** Takes what is news and returns the rows that changed. Quotes may come twice and out of order. */
  apply(quotes: readonly WireQuote[]): readonly Row[] {
    const changed = quotes.flatMap((quote) => {
      const isNews = quote.version > (this.#newest.get(quote.ticker)?.version ?? Number.NEGATIVE_INFINITY);
      if (!isNews) return [];
      // To the end: a map keeps the place of a key that it has.
      this.#newest.delete(quote.ticker);
      this.#newest.set(quote.ticker, quote);
      return this.#show(quote) ?? [];
    });
    this.#letOldestGo();
    return changed;
  }

  /**
   * Accepts any version as news again. For each new socket: what the service remembers may have started anew, and then
   * the versions of before would hide its prices for ever.
   */
  resetVersions(): void {
    this.#newest.clear();
  }

  #show({ ticker, price: cents, at }: WireQuote): Row | undefined {
    const row = this.#rows.get(ticker);
    const shown = row?.price;
    // The answer to a new socket's watch mostly repeats what is shown: that is no change to "unchanged".
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

  #letOldestGo(): void {
    for (const ticker of this.#newest.keys()) {
      if (this.#newest.size <= MAX_KEPT) return;
      if (!this.#rows.has(ticker)) this.#newest.delete(ticker);
    }
  }
}
