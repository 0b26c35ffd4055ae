import { isName, parseTicker, TICKER_FORMAT, type Ticker } from "#protocol/quote.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";
import { UsageError } from "./command.ts";

/** @throws {UsageError} when the argument is not a ticker. */
export function readTicker(arg: string): Ticker {
  const ticker = parseTicker(arg);
  if (ticker) return ticker;
  throw new UsageError(`Expected a ticker, ${TICKER_FORMAT}, got ${JSON.stringify(arg)}.`);
}

/** @throws {UsageError} when the argument is not a basket name. */
export function readBasketName(arg: string): string {
  if (isName(arg)) return arg;
  throw new UsageError(`Expected a basket name, 1 to 64 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(arg)}.`);
}

/** @throws {UsageError} when the argument is not a user id. */
export function readUserId(arg: string): string {
  if (isUserId(arg)) return arg;
  throw new UsageError(`Expected a user id, ${USER_ID_FORMAT}, got ${JSON.stringify(arg)}.`);
}
