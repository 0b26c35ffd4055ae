import { formatPrice } from "#client/cents.ts";
import type { Ticker } from "#protocol/quote.ts";

/** The change of a price between two summaries. */
export interface PriceChange {
  readonly ticker: Ticker;
  /** `undefined` for the first price. */
  readonly fromCents: number | undefined;
  readonly toCents: number;
}

/** Changes beyond this number are counted, not listed, to keep a spoken summary short. */
const MAX_LISTED = 5;

/** A summary to be read aloud: `AAPL $24.12, up $0.12. GOOG $313.00. And 3 more.` Empty if no price differs. */
export function summarizeChanges(changes: readonly PriceChange[]): string {
  const changed = changes.filter(({ fromCents, toCents }) => fromCents !== toCents);
  const sentences = changed.slice(0, MAX_LISTED).map(describeChange);
  if (changed.length > MAX_LISTED) sentences.push(`And ${changed.length - MAX_LISTED} more.`);
  return sentences.join(" ");
}

function describeChange({ ticker, fromCents, toCents }: PriceChange): string {
  const price = `${ticker} ${formatPrice(toCents)}`;
  if (fromCents === undefined) return `${price}.`;
  return `${price}, ${toCents > fromCents ? "up" : "down"} ${formatPrice(Math.abs(toCents - fromCents))}.`;
}
