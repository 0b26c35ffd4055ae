/** A ticker in capitals, such as `AAPL`, `^GSPC`, `BTC/USDT` or `M&M.NS`. Made only by {@link parseTicker}. */
export type Ticker = string & { readonly __brand: "Ticker" };

/** What somebody publishes: a ticker and its price in whole cents (`2400` is $24.00; below zero happens). */
export interface Price {
  readonly ticker: Ticker;
  readonly priceCents: number;
}

/** A committed price. */
export interface Quote extends Price {
  /** Strictly increasing for each ticker; the newer of two quotes is the one with the higher version. */
  readonly version: number;
  /** When it was published, ISO 8601 in UTC. */
  readonly at: string;
}

/** What {@link parseTicker} accepts, for error messages. */
export const TICKER_FORMAT = "1 to 32 of A-Z 0-9 . - ^ = _ / : &, starting with a letter, digit, ^ or .";

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** The lookahead requires a letter or a digit: `^` and `..` name nothing. */
const TICKER = /^(?=.*[A-Za-z0-9])[A-Za-z0-9^.][A-Za-z0-9.^=_/:&-]{0,31}$/;
const PRICE_CENTS = /^-?\d{1,15}$/;

/** The ticker that `text` names, trimmed and in capitals; `undefined` unless it is {@link TICKER_FORMAT}. */
export function parseTicker(text: string): Ticker | undefined {
  const symbol = text.trim();
  // Before the capitals are made: that of ß is SS, which is somebody else's ticker.
  return TICKER.test(symbol) ? (symbol.toUpperCase() as Ticker) : undefined;
}

/**
 * The price in cents that `text` gives: `-?` and 1 to 15 digits, which a double holds exactly; else `undefined`.
 */
export function parsePriceCents(text: string): number | undefined {
  // "-0" is a number to JavaScript, but prints as "0": keep one zero.
  return PRICE_CENTS.test(text) ? Number(text) || 0 : undefined;
}

/** Whether `text` can name a basket: 1 to 64 of `A-Z a-z 0-9 . _ -`. Case matters. */
export function isName(text: string): boolean {
  return NAME.test(text);
}
