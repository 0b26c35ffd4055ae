import { MAX_BASKETS, MAX_WATCHES } from "../lambdas/protocol.ts";
import { TICKER_FORMAT } from "../lambdas/quote.ts";
import { byKind, type Entry, parseEntry } from "./entry.ts";

/** What a text names, each entry once and in its order, and what in it is neither a ticker nor a basket. */
export interface ParsedEntries {
  readonly entries: readonly Entry[];
  readonly refused: readonly string[];
}

/** The entries in `text`, with spaces or commas between them. */
export function parseEntries(text: string): ParsedEntries {
  const entries = new Set<Entry>();
  const refused: string[] = [];
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const entry = parseEntry(word);
    if (entry) entries.add(entry);
    else refused.push(word);
  }
  return { entries: [...entries], refused };
}

/** What the person who typed words that name nothing is told. */
export function explainRefusal(refused: readonly string[]): string {
  const baskets = refused.filter((word) => word.startsWith("@"));
  const tickers = refused.filter((word) => !word.startsWith("@"));
  const sentences: string[] = [];
  if (tickers.length > 0) {
    sentences.push(`Expected a ticker to be ${TICKER_FORMAT}, got ${quoted(tickers)}.`);
  }
  if (baskets.length > 0) {
    sentences.push(`Expected a basket to be @ and 1 to 64 of A–Z a–z 0–9 . _ -, got ${quoted(baskets)}.`);
  }
  return sentences.join(" ");
}

/** A sentence for the person whose list would be longer than the service takes; `undefined` when it fits. */
export function explainTooMany(entries: ReadonlySet<Entry>): string | undefined {
  const { baskets } = byKind(entries);
  if (baskets.length > MAX_BASKETS) {
    return `Expected at most ${MAX_BASKETS} baskets in a list, got ${baskets.length}. Drop some first.`;
  }
  if (entries.size > MAX_WATCHES) {
    return `Expected at most ${MAX_WATCHES} tickers and baskets in a list, got ${entries.size}. Drop some first.`;
  }
  return undefined;
}

/** A word that somebody typed, fit for a sentence. */
export function quotedWord(word: string): string {
  return `“${word.length > 40 ? `${word.slice(0, 40)}…` : word}”`;
}

const quoted = (words: readonly string[]) => words.map(quotedWord).join(", ");
