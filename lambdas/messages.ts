import {
  type ErrorCode,
  type ErrorMessage,
  MAX_QUOTES_PER_MESSAGE,
  type NoticeMessage,
  type PongMessage,
  type QuotesMessage,
  type WireBasket,
  type WireQuote,
} from "./protocol.ts";
import type { Quote } from "./quote.ts";
import type { Basket, Watched } from "./subscriptions/subscriptions.ts";

/** What a connection is told when prices change. */
export function quotesMessage(connectionId: string, quotes: readonly Quote[]): QuotesMessage {
  return { action: "quotes", "connection-id": connectionId, quotes: quotes.map(toWire) };
}

/** All that a connection watches now, with those of the last prices that it is to be told. */
export function watchingMessage(
  connectionId: string,
  { tickers, baskets, user }: Watched,
  quotes: readonly Quote[],
): QuotesMessage {
  return {
    action: "quotes",
    "connection-id": connectionId,
    watching: tickers,
    ...(baskets.length > 0 && { baskets: baskets.map(toWireBasket) }),
    ...(user && { user }),
    quotes: quotes.map(toWire),
  };
}

/** The same in as many messages as it takes to keep each under API Gateway's 128 KiB: all but quotes is in the first. */
export function inParts(message: QuotesMessage): readonly [QuotesMessage, ...QuotesMessage[]] {
  const { action, "connection-id": connectionId, quotes } = message;
  const first = { ...message, quotes: quotes.slice(0, MAX_QUOTES_PER_MESSAGE) };
  const rest: QuotesMessage[] = [];
  for (let from = MAX_QUOTES_PER_MESSAGE; from < quotes.length; from += MAX_QUOTES_PER_MESSAGE) {
    const part = quotes.slice(from, from + MAX_QUOTES_PER_MESSAGE);
    rest.push({ action, "connection-id": connectionId, quotes: part });
  }
  return [first, ...rest];
}

export function pong(name: string): PongMessage {
  return { action: "pong", name };
}

export function notice(message: string): NoticeMessage {
  return { action: "notice", message };
}

export function errorMessage(code: ErrorCode, message: string): ErrorMessage {
  return { action: "error", code, message };
}

export const toWireBasket = ({ name, version, tickers }: Basket): WireBasket => ({ name, version, tickers });

export const toWire = ({ ticker, priceCents, version, at }: Quote): WireQuote => ({
  ticker,
  price: priceCents,
  version,
  at,
});
