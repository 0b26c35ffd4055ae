import { isName, parseTicker, type Ticker } from "#protocol/quote.ts";

/** An entry of a watch list: a ticker, or a basket such as `@FAANG`. No ticker starts with `@`. */
export type Entry = Ticker | BasketEntry;

export type BasketEntry = `@${string}`;

/** Parses a ticker or a basket; `undefined` if the text is neither. */
export function parseEntry(text: string): Entry | undefined {
  if (!text.startsWith("@")) return parseTicker(text);
  const name = text.slice(1);
  return isName(name) ? basketEntry(name) : undefined;
}

export function isBasket(entry: Entry): entry is BasketEntry {
  return entry.startsWith("@");
}

export const basketEntry = (name: string): BasketEntry => `@${name}`;

export const basketName = (entry: BasketEntry): string => entry.slice(1);

/** The tickers and the basket names, each in the order of `entries`. */
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
