import type { WireQuote } from "../lambdas/protocol.ts";
import type { Ticker } from "../lambdas/quote.ts";

/** What is shown of one ticker. */
export interface Row {
  readonly ticker: Ticker;
  /** Absent until the first quote. */
  readonly price?: {
    readonly cents: number;
    /** Against the price that came before; absent when none did. */
    readonly changeCents?: number;
    /** Against the first price that came since the ticker was added. */
    readonly sinceFirstCents: number;
    /** When it was published, ISO 8601 in UTC. */
    readonly at: string;
  };
}

/** The tickers of the page in their order, each with the newest price that came for it. */
export class QuoteBoard {
  readonly #rows = new Map<string, Row>();
  readonly #firstCents = new Map<string, number>();
  /** The version shown of each ticker, as told on the socket that is open now. */
  readonly #versions = new Map<string, number>();

  /** In the order in which they were added. */
  get tickers(): readonly Ticker[] {
    return Array.from(this.#rows.values(), ({ ticker }) => ticker);
  }

  /** The new row; `undefined` when the ticker already has one. */
  add(ticker: Ticker): Row | undefined {
    if (this.#rows.has(ticker)) return undefined;
    const row = { ticker };
    this.#rows.set(ticker, row);
    return row;
  }

  drop(ticker: Ticker): void {
    this.#rows.delete(ticker);
    this.#firstCents.delete(ticker);
    this.#versions.delete(ticker);
  }

  /**
   * Takes what is news and returns the rows that changed. Quotes may come twice, out of order, and for a ticker that was
   * dropped a moment ago.
   */
  take(quotes: readonly WireQuote[]): readonly Row[] {
    return quotes.flatMap((quote) => this.#takeOne(quote) ?? []);
  }

  /**
   * Accepts any version as news again. For each new socket: what the service remembers may have started anew, and then
   * the versions of before would hide its prices for ever.
   */
  forgetVersions(): void {
    this.#versions.clear();
  }

  #takeOne({ ticker, price: cents, version, at }: WireQuote): Row | undefined {
    const row = this.#rows.get(ticker);
    if (!row || version <= (this.#versions.get(ticker) ?? Number.NEGATIVE_INFINITY)) return undefined;
    this.#versions.set(ticker, version);
    const shown = row.price;
    // The answer to a new socket's watch mostly repeats what is shown: that is no change to "unchanged".
    if (shown && shown.cents === cents && shown.at === at) return undefined;
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
}
