import type { Entry } from "#client/entry.ts";
import { parseEntries } from "#client/entry-list.ts";

/** From the time when a list had tickers only: such a list is still read. */
const KEY = "tickers";

/** Opens what the browser keeps for this origin. Browsers that are told to keep nothing throw as soon as it is touched. */
export type OpenStorage = () => Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The entries that {@link storeList} kept last; none when there are none, or the browser keeps nothing. */
export function readStoredList(open: OpenStorage): readonly Entry[] {
  try {
    return parseEntries(open().getItem(KEY) ?? "").entries;
  } catch {
    return [];
  }
}

/** Keeps the entries for the next visit. Where the browser keeps nothing, the page's address still has them. */
export function storeList(open: OpenStorage, entries: readonly Entry[]): void {
  try {
    if (entries.length > 0) open().setItem(KEY, entries.join(" "));
    else open().removeItem(KEY);
  } catch {
    // Nothing is lost but a convenience, and a notice at each change of the list would be in the way.
  }
}
