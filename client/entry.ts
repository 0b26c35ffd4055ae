import { isName, parseTicker, type Ticker } from "#protocol/quote.ts";

/** What a list can hold: a ticker, or a basket as `@FAANG`. No ticker has an `@`, so that the text alone says which. */
export type Entry = Ticker | BasketEntry;

export type BasketEntry = `@${string}`;

/** The entry that a word names; `undefined` when it names none. */
export function parseEntry(word: string): Entry | undefined {
  if (!word.startsWith("@")) return parseTicker(word);
  const name = word.slice(1);
  return isName(name) ? basketEntry(name) : undefined;
}

export function isBasket(entry: Entry): entry is BasketEntry {
  return entry.startsWith("@");
}

export const basketEntry = (name: string): BasketEntry => `@${name}`;

export const basketName = (entry: BasketEntry): string => entry.slice(1);

/** The same entries by kind, each kind in its order; baskets by their names. */
export function groupByKind(entries: Iterable<Entry>): {
  readonly tickers: Ticker[];
  readonly baskets: string[];
} {
  const tickers: Ticker[] = [];
  const baskets: string[] = [];
  for (const entry of entries) {
    if (isBasket(entry)) baskets.push(basketName(entry));
    else tickers.push(entry);
  }
  return { tickers, baskets };
}
