import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import { excerpt } from "#protocol/printable.ts";
import { type Price, parsePriceCents, parseTicker, type Ticker } from "#protocol/quote.ts";
import { hasByteOrderMark, isQuoted, type Parsed, readFields, refuse } from "./form-fields.ts";

/** The most connection ids in one publish request. */
export const MAX_CONNECTION_IDS = 100;

/** The most that `time` may be ahead of the arrival of the request. */
export const MAX_AHEAD_MS = 5_000;

export interface PublishForm {
  /** One for each ticker, in order of first appearance. */
  readonly prices: readonly Price[];
  /** Additional recipients of all prices, subscribed or not, without duplicates. */
  readonly connectionIds: readonly string[];
  /** The publish time given by the publisher, in milliseconds since 1970. @default the arrival time */
  readonly timeMs?: number;
}

/**
 * The content of a form-encoded publish: pairs of `ticker` and `price`, any number of `connId`, and at most
 * one `time`. The last price of a repeated ticker wins.
 * @param body decoded from base64 and UTF-8, still form-encoded.
 * @param arrivalMs when API Gateway received the request, in milliseconds since 1970.
 */
export function parseForm(body: string, arrivalMs: number): Parsed<PublishForm> {
  const fields = readFields(body, ["ticker", "price", "connId", "time"]);
  if (!fields.ok) return fields;
  const { ticker: tickers, price: prices, connId, time: times } = fields.form;
  const connectionIds = [...new Set(connId)];

  if (tickers.length !== prices.length)
    return refuse(`mismatched tickers and prices: ${tickers.length} ${prices.length}`);
  if (tickers.length === 0) return refuse("no quotes");
  if (tickers.length > MAX_PRICES_PER_POST)
    return refuse(`too many quotes: ${tickers.length}, at most ${MAX_PRICES_PER_POST}`);
  if (connectionIds.length > MAX_CONNECTION_IDS) {
    return refuse(`too many connections: ${connectionIds.length}, at most ${MAX_CONNECTION_IDS}`);
  }
  const time = parseTime(times, arrivalMs);
  if (!time.ok) return time;

  const pricesByTicker = new Map<Ticker, Price>();
  for (const [index, text] of tickers.entries()) {
    const ticker = hasByteOrderMark(text) ? undefined : parseTicker(text);
    if (!ticker) return refuse(`bad ticker: ${excerpt(text)}${tickerAdvice(text)}`);
    const priceText = prices[index] ?? "";
    const priceCents = parsePriceCents(priceText);
    if (priceCents === undefined)
      return refuse(`not a number: ${excerpt(priceText)}${priceAdvice(priceText)}`);
    pricesByTicker.set(ticker, { ticker, priceCents });
  }
  return { ok: true, form: { prices: [...pricesByTicker.values()], connectionIds, ...time.form } };
}

function parseTime(times: readonly string[], arrivalMs: number): Parsed<Pick<PublishForm, "timeMs">> {
  const [text, ...others] = times;
  if (text === undefined) return { ok: true, form: {} };
  if (others.length > 0) return refuse(`too many times: ${times.length}, at most 1`);
  if (!/^\d{1,20}$/.test(text)) {
    return refuse(
      `not a time: ${excerpt(text)} (expected whole milliseconds since 1970, for example ${arrivalMs})`,
    );
  }
  const timeMs = Number(text);
  if (timeMs > arrivalMs + MAX_AHEAD_MS) {
    return refuse(
      `time too far ahead: ${text} (expected milliseconds since 1970, at most ${MAX_AHEAD_MS} after the arrival at ${arrivalMs})`,
    );
  }
  return { ok: true, form: { timeMs } };
}

/** Advice appended to the error for a ticker; empty unless the mistake is a common one. */
function tickerAdvice(text: string): string {
  if (hasByteOrderMark(text)) return BYTE_ORDER_MARK;
  if (isQuoted(text)) return QUOTES;
  return text.startsWith("=") ? " (expected one = after the field name)" : "";
}

const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** The same for a price; empty for a text that is not a decimal number. */
function priceAdvice(text: string): string {
  if (hasByteOrderMark(text)) return BYTE_ORDER_MARK;
  if (isQuoted(text)) return QUOTES;
  if (!DECIMAL.test(text)) return "";
  if (parsePriceCents(text.trim()) !== undefined) return " (send it without white space)";
  return /^-?\d+$/.test(text) ? " (expected at most 15 digits)" : " (expected whole cents, for example 2400)";
}

const BYTE_ORDER_MARK = " (remove the byte order mark, U+FEFF, before it)";
const QUOTES = " (send it without quotes)";

/** The most characters of a notice. */
export const MAX_NOTICE_LENGTH = 1_000;

/** The text of a form-encoded broadcast: one `message`, trimmed. */
export function parseBroadcast(body: string): Parsed<string> {
  const fields = readFields(body, ["message"]);
  if (!fields.ok) return fields;
  const [message = "", ...others] = fields.form.message.map((text) => text.trim());
  if (message === "") return refuse("no message");
  if (others.length > 0) return refuse(`too many messages: ${others.length + 1}, at most 1`);
  if (message.length > MAX_NOTICE_LENGTH) {
    return refuse(`too long: ${message.length} characters, at most ${MAX_NOTICE_LENGTH}`);
  }
  return { ok: true, form: message };
}
