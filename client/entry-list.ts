import { MAX_BASKETS, MAX_WATCHES } from "#protocol/messages.ts";
import { TICKER_FORMAT } from "#protocol/quote.ts";
import { type Entry, groupByKind, parseEntry } from "./entry.ts";

export interface ParsedEntries {
  /** Without duplicates, in the order of the text. */
  readonly entries: readonly Entry[];
  /** Items that are neither a ticker nor a basket. */
  readonly invalid: readonly string[];
}

/** The separators of text editors, spreadsheets and input methods, after {@link normalize}. */
const SEPARATORS = /[\p{White_Space}\u200b,;、]+/u;

/** Format characters of copied text, such as the byte order mark and direction marks. */
const INVISIBLE = /(?!\u200b)\p{Cf}/gu;

/** Characters whose NFKC form has another meaning: `™` is not TM, `²` is not 2. */
const NOT_NORMALIZED =
  /[\u00aa\u00b2-\u00b4\u00b9\u00ba\u00bc-\u00be\u2024-\u2026\u2070-\u209f\u2100-\u218f]/u;

const QUOTES = "\"'`´‘’‚‛“”„‟′″‹›«»「」『』";
const OPENING = new RegExp(`^[${QUOTES}]*\\$?[${QUOTES}]*`, "u");
const CLOSING = new RegExp(`[${QUOTES}]+$`, "u");

/** Items beyond this number are counted, not listed. */
const MAX_LISTED = 20;

/** The items of `text`, with full-width forms normalized. */
export function splitItems(text: string): readonly string[] {
  return normalize(text).replace(INVISIBLE, "").split(SEPARATORS).filter(Boolean);
}

/** Parses entries that are separated by white space, commas or semicolons. */
export function parseEntries(text: string): ParsedEntries {
  return parseItems(splitItems(text));
}

/** Parses one entry per item. Ignores a leading `$` and surrounding quotes. */
export function parseItems(items: readonly string[]): ParsedEntries {
  const entries = new Set<Entry>();
  const invalid: string[] = [];
  for (const item of items) {
    const entry = parseEntry(trimItem(item));
    if (entry) entries.add(entry);
    else invalid.push(item);
  }
  return { entries: [...entries], invalid };
}

/** Removes a leading `$` and surrounding quotes. */
export function trimItem(item: string): string {
  return item.replace(OPENING, "").replace(CLOSING, "");
}

/** Replaces full-width and other compatibility forms by their ASCII equivalents. */
function normalize(text: string): string {
  return Array.from(text, (character) =>
    NOT_NORMALIZED.test(character) ? character : character.normalize("NFKC"),
  ).join("");
}

/** An error message for invalid items; empty if there are none. */
export function explainInvalid(invalid: readonly string[]): string {
  const baskets = invalid.filter((item) => item.startsWith("@"));
  const tickers = invalid.filter((item) => !item.startsWith("@"));
  const sentences: string[] = [];
  if (tickers.length > 0) {
    sentences.push(`Expected a ticker to be ${TICKER_FORMAT}, got ${quoteItems(tickers)}.`);
  }
  if (baskets.length > 0) {
    sentences.push(`Expected a basket to be @ and 1 to 64 of A–Z a–z 0–9 . _ -, got ${quoteItems(baskets)}.`);
  }
  return sentences.join(" ");
}

/** An error message for a list above the service limits; `undefined` within them. */
export function explainTooMany(entries: ReadonlySet<Entry>): string | undefined {
  const { baskets } = groupByKind(entries);
  if (baskets.length > MAX_BASKETS) {
    return `Expected at most ${MAX_BASKETS} baskets in a list, got ${baskets.length}. Drop some first.`;
  }
  if (entries.size > MAX_WATCHES) {
    return `Expected at most ${MAX_WATCHES} tickers and baskets in a list, got ${entries.size}. Drop some first.`;
  }
  return undefined;
}

/** Quotes an item for an error message, truncated to 40 characters. */
export function quoteItem(item: string): string {
  return `“${item.length > 40 ? `${item.slice(0, 40)}…` : item}”`;
}

/** Quotes the first 20 items and counts the others. */
export function quoteItems(items: readonly string[]): string {
  const listed = items.slice(0, MAX_LISTED).map(quoteItem).join(", ");
  return items.length > MAX_LISTED ? `${listed} and ${items.length - MAX_LISTED} more` : listed;
}
