import { USER_ID_FORMAT } from "../lambdas/user-id.ts";
import { byKind, type Entry } from "./entry.ts";
import { type ParsedEntries, parseEntries, quotedWord } from "./entry-list.ts";

/** The list in a page's address, `?tickers=AAPL,GOOG&baskets=FAANG`; `undefined` when it has none. */
export function readList({ searchParams }: URL): ParsedEntries | undefined {
  if (!searchParams.has("tickers") && !searchParams.has("baskets")) return undefined;
  const tickers = searchParams.getAll("tickers").join(",");
  const baskets = searchParams
    .getAll("baskets")
    .join(",")
    .replace(/[^\s,]+/g, asBasket);
  return parseEntries(`${tickers},${baskets}`);
}

/** The same address with this list; the rest of its query stays. */
export function withList(address: URL, entries: readonly Entry[]): URL {
  const result = new URL(address);
  const lists = Object.entries(byKind(entries));
  for (const [name] of lists) result.searchParams.delete(name);
  for (const [name, words] of lists) {
    if (words.length === 0) continue;
    // `searchParams` would write each comma as %2C, which nobody can read or type.
    const list = `${name}=${words.map(encodeURIComponent).join(",")}`;
    result.search = result.search ? `${result.search}&${list}` : list;
  }
  return result;
}

/** The user that a page's address names, `?user=user003`, in whatever words; `undefined` when it names none. */
export function readUser({ searchParams }: URL): string | undefined {
  return searchParams.get("user") || undefined;
}

/** A sentence for the person whose address names a user by what is no name. */
export function explainBadUser(user: string): string {
  return `Expected a user to be ${USER_ID_FORMAT}, got ${quotedWord(user)}. Correct the page's address.`;
}

const asBasket = (word: string) => (word.startsWith("@") ? word : `@${word}`);
