import {
  type ErrorCode,
  type ErrorMessage,
  MAX_QUOTES_PER_MESSAGE,
  type NoticeMessage,
  type PongMessage,
  type QuotesMessage,
  type WireBasket,
  type WireQuote,
} from "#protocol/messages.ts";
import type { Quote } from "#protocol/quote.ts";
import type { Basket, Watched } from "../graph/subscriptions.ts";

/** The message for changed prices. */
export function quotesMessage(connectionId: string, quotes: readonly Quote[]): QuotesMessage {
  return { action: "quotes", "connection-id": connectionId, quotes: quotes.map(toWireQuote) };
}

/** The message with the complete watch list of a connection, and `quotes`. */
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
    quotes: quotes.map(toWireQuote),
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_MESSAGE_BYTES = 128 * 1024;

/** Reserved for a `request` that is added later: 128 characters, each up to six bytes in JSON. */
const REQUEST_BYTES = 1_024;

/** The number of leading quotes that fit into `roomBytes`. */
function countFitting(quotes: readonly WireQuote[], roomBytes: number): number {
  let leftBytes = roomBytes;
  const end = quotes.slice(0, MAX_QUOTES_PER_MESSAGE).findIndex((quote) => {
    leftBytes -= JSON.stringify(quote).length + ",".length;
    return leftBytes < 0;
  });
  return end === -1 ? Math.min(quotes.length, MAX_QUOTES_PER_MESSAGE) : end;
}

/** `message`, split so that each part is under 128 KiB. All fields except `quotes` are in the first part only. */
export function splitMessage(message: QuotesMessage): readonly [QuotesMessage, ...QuotesMessage[]] {
  const { action, "connection-id": connectionId, quotes } = message;
  const otherBytes = REQUEST_BYTES + Buffer.byteLength(JSON.stringify({ ...message, quotes: [] }));
  const countInFirst = countFitting(quotes, MAX_MESSAGE_BYTES - otherBytes);
  const first = { ...message, quotes: quotes.slice(0, countInFirst) };
  const rest: QuotesMessage[] = [];
  for (let from = countInFirst; from < quotes.length; from += MAX_QUOTES_PER_MESSAGE) {
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

export const toWireQuote = ({ ticker, priceCents, version, at }: Quote): WireQuote => ({
  ticker,
  price: priceCents,
  version,
  at,
});
