import { isName, parseTicker, type Ticker } from "../lambdas/quote.ts";
import { UsageError } from "./command.ts";

/** @throws {UsageError} when the word names no ticker. */
export function readTicker(word: string): Ticker {
  const ticker = parseTicker(word);
  if (ticker) return ticker;
  throw new UsageError(`Expected a ticker, 1 to 16 of A-Z 0-9 . - ^ =, got ${JSON.stringify(word)}.`);
}

/** @param what it names: `a user`. @throws {UsageError} when the word cannot be a name. */
export function readName(word: string, what: string): string {
  if (isName(word)) return word;
  throw new UsageError(
    `Expected the name of ${what}, 1 to 64 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(word)}.`,
  );
}
