import type { Entry } from "#client/entry.ts";
import { parseEntries } from "#client/entry-list.ts";

/** The key dates from lists without baskets, which are still read. */
const KEY = "tickers";

/** Returns `localStorage` or `sessionStorage`. Throws in browsers that block storage. */
export type OpenStorage = () => Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The entries of the last {@link storeList}; empty without storage. */
export function readStoredList(open: OpenStorage): readonly Entry[] {
  try {
    return parseEntries(open().getItem(KEY) ?? "").entries;
  } catch {
    return [];
  }
}

/** Stores the entries for the next visit. Does nothing without storage; the URL still contains them. */
export function storeList(open: OpenStorage, entries: readonly Entry[]): void {
  try {
    if (entries.length > 0) open().setItem(KEY, entries.join(" "));
    else open().removeItem(KEY);
  } catch {
    // Storage is optional, and an error at each change of the list would only distract.
  }
}
