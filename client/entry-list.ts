import { MAX_BASKETS, MAX_WATCHES } from "#protocol/messages.ts";
import { TICKER_FORMAT } from "#protocol/quote.ts";
import { type Entry, groupByKind, parseEntry } from "./entry.ts";

/** What a text names, each entry once and in its order, and what in it is neither a ticker nor a basket. */
export interface ParsedEntries {
  readonly entries: readonly Entry[];
  readonly invalid: readonly string[];
}

/** The separators of word processors, spreadsheets and input methods, after {@link normalize}. */
const SEPARATORS = /[\p{White_Space}\u200b,;、]+/u;

/** Characters without a shape of their own, such as the byte order mark and direction marks of copied text. */
const INVISIBLE = /(?!\u200b)\p{Cf}/gu;

/** Characters that NFKC would replace by letters, digits or dots of another meaning: `™` is not TM, `²` is not 2. */
const NOT_NORMALIZED =
  /[\u00aa\u00b2-\u00b4\u00b9\u00ba\u00bc-\u00be\u2024-\u2026\u2070-\u209f\u2100-\u218f]/u;

const QUOTES = "\"'`´‘’‚‛“”„‟′″‹›«»「」『』";
const OPENING = new RegExp(`^[${QUOTES}]*\\$?[${QUOTES}]*`, "u");
const CLOSING = new RegExp(`[${QUOTES}]+$`, "u");

/** More bad words than these are counted instead of named. */
const MAX_NAMED = 20;

/** The words of `text` between separators, as typed but for full-width forms. */
export function splitItems(text: string): readonly string[] {
  return normalize(text).replace(INVISIBLE, "").split(SEPARATORS).filter(Boolean);
}

/** The entries in `text`, with white space, commas or semicolons between them. */
export function parseEntries(text: string): ParsedEntries {
  return parseItems(splitItems(text));
}

/** The entries that words name. A leading `$` and quotes around a word do not count. */
export function parseItems(words: readonly string[]): ParsedEntries {
  const entries = new Set<Entry>();
  const invalid: string[] = [];
  for (const word of words) {
    const entry = parseEntry(trimItem(word));
    if (entry) entries.add(entry);
    else invalid.push(word);
  }
  return { entries: [...entries], invalid };
}

/** A word without a leading `$` and without quotes around it. */
export function trimItem(word: string): string {
  return word.replace(OPENING, "").replace(CLOSING, "");
}

/** Full-width and other compatibility forms as ASCII, where they have one. */
function normalize(text: string): string {
  return Array.from(text, (character) =>
    NOT_NORMALIZED.test(character) ? character : character.normalize("NFKC"),
  ).join("");
}

/** Explains what is wrong with each invalid word; empty without one. */
export function explainInvalid(invalid: readonly string[]): string {
  const baskets = invalid.filter((word) => word.startsWith("@"));
  const tickers = invalid.filter((word) => !word.startsWith("@"));
  const sentences: string[] = [];
  if (tickers.length > 0) {
    sentences.push(`Expected a ticker to be ${TICKER_FORMAT}, got ${quoteItems(tickers)}.`);
  }
  if (baskets.length > 0) {
    sentences.push(`Expected a basket to be @ and 1 to 64 of A–Z a–z 0–9 . _ -, got ${quoteItems(baskets)}.`);
  }
  return sentences.join(" ");
}

/** A sentence for the person whose list would be longer than the service takes; `undefined` when it fits. */
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

/** A word that somebody typed, fit for a sentence. */
export function quoteItem(word: string): string {
  return `“${word.length > 40 ? `${word.slice(0, 40)}…` : word}”`;
}

/** Several of them. */
export function quoteItems(words: readonly string[]): string {
  const named = words.slice(0, MAX_NAMED).map(quoteItem).join(", ");
  return words.length > MAX_NAMED ? `${named} and ${words.length - MAX_NAMED} more` : named;
}
