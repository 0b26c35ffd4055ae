import type { Price, Ticker } from "#protocol/quote.ts";

/** Returns numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * A deterministic 32-bit xorshift generator (Marsaglia). Suitable for sample data only.
 * @see https://www.jstatsoft.org/article/view/v008i14
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** `T0001` for 1. */
export const sampleTicker = (number: number) => `T${String(number).padStart(4, "0")}` as Ticker;

/** `user001` for 1. */
export const sampleUser = (number: number) => `user${String(number).padStart(3, "0")}`;

/** Prices between $1.00 and $500.00 for the first `count` sample tickers, from `T0001`. */
export function samplePrices(count: number, random: Random): readonly Price[] {
  return Array.from({ length: count }, (_, index) => ({
    ticker: sampleTicker(index + 1),
    priceCents: 100 + Math.floor(random() * 49_901),
  }));
}

/** 10 to 30 distinct sample tickers, sorted. @param tickerCount size of the population. */
export function sampleWatches(tickerCount: number, random: Random): readonly Ticker[] {
  const size = Math.min(tickerCount, 10 + Math.floor(random() * 21));
  const tickers = new Set<Ticker>();
  while (tickers.size < size) tickers.add(sampleTicker(1 + Math.floor(random() * tickerCount)));
  return [...tickers].toSorted();
}

/** The next price of a random walk: 1 cent to 0.5 % up or down, at least 1 cent. */
export function movePrice(priceCents: number, random: Random): number {
  const step = Math.max(1, Math.round(random() * priceCents * 0.005));
  return Math.max(1, priceCents + (random() < 0.5 ? -step : step));
}

/** The items in order, in chunks of at most `size`. */
export function chunk<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const chunks: (readonly Item[])[] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
}
