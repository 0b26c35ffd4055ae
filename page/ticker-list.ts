import { MAX_TICKERS_PER_CONNECTION } from "../lambdas/protocol.ts";
import { parseTicker, type Ticker } from "../lambdas/quote.ts";

/** What a text names, each ticker once and in its order, and what in it is no ticker. */
export interface ParsedTickers {
  readonly tickers: readonly Ticker[];
  readonly refused: readonly string[];
}

/** The tickers in `text`, with spaces or commas between them. */
export function parseTickers(text: string): ParsedTickers {
  const tickers = new Set<Ticker>();
  const refused: string[] = [];
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const ticker = parseTicker(word);
    if (ticker) tickers.add(ticker);
    else refused.push(word);
  }
  return { tickers: [...tickers], refused };
}

/** A sentence for the person who typed what is no ticker. */
export function explainRefusal(refused: readonly string[]): string {
  const quoted = refused.map((word) => `“${word.length > 40 ? `${word.slice(0, 40)}…` : word}”`).join(", ");
  return `Expected a ticker to be 1 to 16 of A–Z 0–9 . - ^ =, got ${quoted}.`;
}

/** A sentence for the person whose list of `count` tickers is longer than one page can watch. */
export function explainTooMany(count: number): string {
  return `Expected at most ${MAX_TICKERS_PER_CONNECTION} tickers on one page, got ${count}. Drop some, or open another tab.`;
}

/** The tickers that a page's address lists, `?tickers=AAPL,GOOG`; `undefined` when it has no list. */
export function readTickers({ searchParams }: URL): ParsedTickers | undefined {
  if (!searchParams.has("tickers")) return undefined;
  return parseTickers(searchParams.getAll("tickers").join(","));
}

/** The same address, listing `tickers`; the rest of its query stays. */
export function withTickers(address: URL, tickers: readonly Ticker[]): URL {
  const result = new URL(address);
  result.searchParams.delete("tickers");
  if (tickers.length > 0) {
    // `searchParams` would write each comma as %2C, which nobody can read or type.
    const list = `tickers=${tickers.map(encodeURIComponent).join(",")}`;
    result.search = result.search ? `${result.search}&${list}` : list;
  }
  return result;
}
