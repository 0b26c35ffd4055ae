import type { ErrorCode, ErrorMessage, PongMessage, QuotesMessage } from "./protocol.ts";
import type { Quote, Ticker } from "./quote.ts";

/** The answer to a `watch` or an `unwatch`: all that is watched now, and the last prices of what was asked for. */
export function quotesAnswer(
  connectionId: string,
  watching: readonly Ticker[],
  quotes: readonly Quote[],
): QuotesMessage {
  return { action: "quotes", "connection-id": connectionId, watching, quotes: quotes.map(toWire) };
}

/** What a connection is told when prices change. */
export function quotesMessage(connectionId: string, quotes: readonly Quote[]): QuotesMessage {
  return { action: "quotes", "connection-id": connectionId, quotes: quotes.map(toWire) };
}

export function pong(name: string): PongMessage {
  return { action: "pong", name };
}

export function errorMessage(code: ErrorCode, message: string): ErrorMessage {
  return { action: "error", code, message };
}

const toWire = ({ ticker, priceCents, version, at }: Quote) => ({ ticker, price: priceCents, version, at });
