import { isName, parseTicker, TICKER_FORMAT, type Ticker } from "#protocol/quote.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";
import { UsageError } from "./command.ts";

/** @throws {UsageError} when the word names no ticker. */
export function readTicker(word: string): Ticker {
  const ticker = parseTicker(word);
  if (ticker) return ticker;
  throw new UsageError(`Expected a ticker, ${TICKER_FORMAT}, got ${JSON.stringify(word)}.`);
}

/** @throws {UsageError} when the word cannot name a basket. */
export function readBasketName(word: string): string {
  if (isName(word)) return word;
  throw new UsageError(
    `Expected the name of a basket, 1 to 64 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(word)}.`,
  );
}

/** @throws {UsageError} when the word cannot be a user id. */
export function readUserId(word: string): string {
  if (isUserId(word)) return word;
  throw new UsageError(`Expected a user, ${USER_ID_FORMAT}, got ${JSON.stringify(word)}.`);
}
