import { formatPrice } from "#client/cents.ts";
import type { Ticker } from "#protocol/quote.ts";

/** What became of a price over some time. */
export interface PriceChange {
  readonly ticker: Ticker;
  /** `undefined` when it had no price before. */
  readonly fromCents: number | undefined;
  readonly toCents: number;
}

/** More than these nobody wants to hear in one go. */
const MAX_NAMED = 5;

/** A text to be read out: `AAPL $24.12, up $0.12. GOOG $313.00. And 3 more.` Empty when no price is another than before. */
export function summarizeChanges(changes: readonly PriceChange[]): string {
  const changed = changes.filter(({ fromCents, toCents }) => fromCents !== toCents);
  const sentences = changed.slice(0, MAX_NAMED).map(describeChange);
  if (changed.length > MAX_NAMED) sentences.push(`And ${changed.length - MAX_NAMED} more.`);
  return sentences.join(" ");
}

function describeChange({ ticker, fromCents, toCents }: PriceChange): string {
  const price = `${ticker} ${formatPrice(toCents)}`;
  if (fromCents === undefined) return `${price}.`;
  return `${price}, ${toCents > fromCents ? "up" : "down"} ${formatPrice(Math.abs(toCents - fromCents))}.`;
}
