import { type Entry, groupByKind } from "#client/entry.ts";
import {
  type ParsedEntries,
  parseEntries,
  parseItems,
  quoteItem,
  quoteItems,
  splitItems,
  trimItem,
} from "#client/entry-list.ts";
import { USER_ID_FORMAT } from "#protocol/user-id.ts";

/** The lists in a page's address. */
export interface Address {
  /** `?tickers=AAPL,GOOG&baskets=FAANG`; `undefined` without either parameter. */
  readonly list: ParsedEntries | undefined;
  /** What appears to name tickers but is in no list, such as `M&M.NS` with an unescaped `&`. */
  readonly strays: readonly Stray[];
}

export interface Stray {
  /** As it is in the address, decoded. */
  readonly text: string;
  /** What was probably meant. */
  readonly items: readonly string[];
}

const LISTS: readonly string[] = ["tickers", "baskets"];
const MISNAMED = /^(?:tickers?|symbols?|baskets?)$/i;

/** Reads the lists in a page's address. A word that an unescaped `&` cuts in two is a stray as a whole. */
export function readAddress({ search }: URL): Address {
  const words: string[] = [];
  const strays: Stray[] = [];
  let hasList = false;
  /** Whether the last of `words` ends the parameter before. */
  let mayBeCut = false;
  for (const parameter of search.slice(1).split("&")) {
    const [name, value] = [...new URLSearchParams(parameter)][0] ?? ["", ""];
    const text = value === "" ? name : `${name}=${value}`;
    if (LISTS.includes(name)) {
      const found = readWords(name, value);
      words.push(...found);
      hasList = true;
      mayBeCut = found.length > 0 && !/[\s,;]$/.test(value);
      continue;
    }
    if (MISNAMED.test(name) && value !== "") strays.push({ text, items: readWords(name, value) });
    else if (isStray(name, value)) {
      const start = mayBeCut ? words.pop() : undefined;
      const whole = start === undefined ? text : `${start}&${text}`;
      strays.push({ text: whole, items: [whole] });
    }
    mayBeCut = false;
  }
  return { list: hasList ? parseItems(words) : undefined, strays };
}

/** The same address with this list and without strays; the rest of its query stays. */
export function withList(address: URL, entries: readonly Entry[]): URL {
  const result = new URL(address);
  const lists = Object.entries(groupByKind(entries));
  for (const [name, value] of new URLSearchParams(address.search)) {
    if (LISTS.includes(name) || isStray(name, value)) result.searchParams.delete(name);
  }
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
  return `Expected a user to be ${USER_ID_FORMAT}, got ${quoteItem(user)}. Correct the page's address.`;
}

/** What is wrong with an address that has strays; empty without one. */
export function explainStrays(strays: readonly Stray[]): string {
  if (strays.length === 0) return "";
  return (
    "Expected the address to list tickers as ?tickers=AAPL,GOOG, with each & in a ticker written as %26, " +
    `got ${quoteItems(strays.map(({ text }) => text))}.`
  );
}

/** Why the list of an address is not shown on a page that follows a user. */
export function explainUserList(user: string): string {
  return `The list in the address was not added to the list of ${user}. Press Add to add it.`;
}

/** Whether an unknown parameter is a ticker, a part of one, or a misnamed list. Other parameters are not ours. */
function isStray(name: string, value: string): boolean {
  if (name === "user" || LISTS.includes(name)) return false;
  if (MISNAMED.test(name)) return value !== "";
  const { entries, invalid } = parseEntries(name);
  if (entries.length === 0 || invalid.length > 0) return false;
  return value === "" || (name === name.toUpperCase() && value === value.toUpperCase());
}

function readWords(name: string, value: string): readonly string[] {
  const words = splitItems(value);
  return /^basket/i.test(name) ? words.map(asBasket) : words;
}

function asBasket(word: string): string {
  const name = trimItem(word);
  return name.startsWith("@") ? name : `@${name}`;
}
