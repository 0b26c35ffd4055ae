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

/** The lists in the page's URL. */
export interface Address {
  /** `?tickers=AAPL,GOOG&baskets=FAANG`; `undefined` without either parameter. */
  readonly list: ParsedEntries | undefined;
  /** Apparent tickers outside the lists, such as `M&M.NS` with an unescaped `&`. */
  readonly strays: readonly Stray[];
}

export interface Stray {
  /** The decoded text in the URL. */
  readonly text: string;
  /** The entries that it probably stands for. */
  readonly items: readonly string[];
}

const LISTS: readonly string[] = ["tickers", "baskets"];
const MISNAMED = /^(?:tickers?|symbols?|baskets?)$/i;

/** Reads the lists in the page's URL. A ticker that an unescaped `&` splits is one stray. */
export function readAddress({ search }: URL): Address {
  const items: string[] = [];
  const strays: Stray[] = [];
  let hasList = false;
  /** Whether the last of `items` ends the previous parameter. */
  let mayBeCut = false;
  for (const parameter of search.slice(1).split("&")) {
    const [name, value] = [...new URLSearchParams(parameter)][0] ?? ["", ""];
    const text = value === "" ? name : `${name}=${value}`;
    if (LISTS.includes(name)) {
      const found = readItems(name, value);
      items.push(...found);
      hasList = true;
      mayBeCut = found.length > 0 && !/[\s,;]$/.test(value);
      continue;
    }
    if (MISNAMED.test(name) && value !== "") strays.push({ text, items: readItems(name, value) });
    else if (isStray(name, value)) {
      const start = mayBeCut ? items.pop() : undefined;
      const whole = start === undefined ? text : `${start}&${text}`;
      strays.push({ text: whole, items: [whole] });
    }
    mayBeCut = false;
  }
  return { list: hasList ? parseItems(items) : undefined, strays };
}

/** The URL with this list and without strays; other query parameters stay. */
export function withList(address: URL, entries: readonly Entry[]): URL {
  const result = new URL(address);
  const lists = Object.entries(groupByKind(entries));
  for (const [name, value] of new URLSearchParams(address.search)) {
    if (LISTS.includes(name) || isStray(name, value)) result.searchParams.delete(name);
  }
  for (const [name, items] of lists) {
    if (items.length === 0) continue;
    // `searchParams` would encode each comma as %2C, which is hard to read and type.
    const list = `${name}=${items.map(encodeURIComponent).join(",")}`;
    result.search = result.search ? `${result.search}&${list}` : list;
  }
  return result;
}

/** The user in the page's URL (`?user=user003`), not validated; `undefined` without one. */
export function readUser({ searchParams }: URL): string | undefined {
  return searchParams.get("user") || undefined;
}

/** An error message for an invalid user in the URL. */
export function explainInvalidUser(user: string): string {
  return `Expected a user to be ${USER_ID_FORMAT}, got ${quoteItem(user)}. Correct the page's address.`;
}

/** An error message for strays; empty without any. */
export function explainStrays(strays: readonly Stray[]): string {
  if (strays.length === 0) return "";
  return (
    "Expected the address to list tickers as ?tickers=AAPL,GOOG, with each & in a ticker written as %26, " +
    `got ${quoteItems(strays.map(({ text }) => text))}.`
  );
}

/** Explains why the list in the URL is not shown on the page of a user. */
export function explainUserList(user: string): string {
  return `The list in the address was not added to the list of ${user}. Press Add to add it.`;
}

/** Whether an unknown parameter is a ticker, a part of one, or a misnamed list. */
function isStray(name: string, value: string): boolean {
  if (name === "user" || LISTS.includes(name)) return false;
  if (MISNAMED.test(name)) return value !== "";
  const { entries, invalid } = parseEntries(name);
  if (entries.length === 0 || invalid.length > 0) return false;
  return value === "" || (name === name.toUpperCase() && value === value.toUpperCase());
}

function readItems(name: string, value: string): readonly string[] {
  const items = splitItems(value);
  return /^basket/i.test(name) ? items.map(asBasket) : items;
}

function asBasket(item: string): string {
  const name = trimItem(item);
  return name.startsWith("@") ? name : `@${name}`;
}
