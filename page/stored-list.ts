import type { Ticker } from "../lambdas/quote.ts";
import { parseTickers } from "./ticker-list.ts";

const KEY = "tickers";

/** Opens what the browser keeps for this origin. Browsers that are told to keep nothing throw as soon as it is touched. */
export type OpenStorage = () => Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The tickers that {@link storeList} kept last; none when there are none, or the browser keeps nothing. */
export function readStoredList(open: OpenStorage): readonly Ticker[] {
  try {
    return parseTickers(open().getItem(KEY) ?? "").tickers;
  } catch {
    return [];
  }
}

/** Keeps the tickers for the next visit. Where the browser keeps nothing, the page's address still has them. */
export function storeList(open: OpenStorage, tickers: readonly Ticker[]): void {
  try {
    if (tickers.length > 0) open().setItem(KEY, tickers.join(" "));
    else open().removeItem(KEY);
  } catch {
    // Nothing is lost but a convenience, and a notice at each change of the list would be in the way.
  }
}
