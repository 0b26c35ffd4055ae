/** A ticker in upper case, such as `AAPL`, `^GSPC`, `BTC/USDT` or `M&M.NS`. Created only by {@link parseTicker}. */
export type Ticker = string & { readonly __brand: "Ticker" };

/** A published price in whole cents: `2400` is $24.00. May be negative. */
export interface Price {
  readonly ticker: Ticker;
  readonly priceCents: number;
}

/** A committed price. */
export interface Quote extends Price {
  /** Strictly increasing per ticker; the quote with the higher version is newer. */
  readonly version: number;
  /** The publish time, ISO 8601 in UTC. */
  readonly at: string;
}

/** The format that {@link parseTicker} accepts, for error messages. */
export const TICKER_FORMAT = "1 to 32 of A-Z 0-9 . - ^ = _ / : &, starting with a letter, digit, ^ or .";

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** The lookahead requires a letter or a digit, so that `^` and `..` do not match. */
const TICKER = /^(?=.*[A-Za-z0-9])[A-Za-z0-9^.][A-Za-z0-9.^=_/:&-]{0,31}$/;
const PRICE_CENTS = /^-?\d{1,15}$/;

/** The ticker in `text`, trimmed and in upper case; `undefined` unless it has the {@link TICKER_FORMAT}. */
export function parseTicker(text: string): Ticker | undefined {
  const symbol = text.trim();
  // Tested before the conversion: the upper case of ß is SS, which is another ticker.
  return TICKER.test(symbol) ? (symbol.toUpperCase() as Ticker) : undefined;
}

/** The price in cents: `-?` and 1 to 15 digits, which a double holds exactly. `undefined` for any other text. */
export function parsePriceCents(text: string): number | undefined {
  // Converts "-0" to 0.
  return PRICE_CENTS.test(text) ? Number(text) || 0 : undefined;
}

/** Whether `text` is a valid basket name: 1 to 64 of `A-Z a-z 0-9 . _ -`. Case-sensitive. */
export function isName(text: string): boolean {
  return NAME.test(text);
}
