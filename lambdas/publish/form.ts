import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import { excerpt } from "#protocol/printable.ts";
import { type Price, parsePriceCents, parseTicker, type Ticker } from "#protocol/quote.ts";
import { hasByteOrderMark, isQuoted, type Parsed, readFields, refuse } from "./form-fields.ts";

/** The most connection ids that one post may carry. */
export const MAX_CONNECTION_IDS = 100;

/** How far the `time` of a post may be ahead of its arrival. */
export const MAX_AHEAD_MS = 5_000;

export interface PublishForm {
  /** One for each ticker, in the order in which the tickers first came. */
  readonly prices: readonly Price[];
  /** Connections that get all of these prices, watching or not; each once. */
  readonly connectionIds: readonly string[];
  /** When the prices were made, in milliseconds since 1970, if the publisher sent it. */
  readonly timeMs?: number;
}

/**
 * The content of a form-encoded post: `ticker` and `price`, repeated in pairs, any number of `connId`, and at most one `time`.
 * A ticker given twice gets the last price.
 * @param body decoded, still form-encoded.
 * @param arrivalMs when API Gateway received the post, in milliseconds since 1970.
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

/** What is appended to the line about a ticker, where the mistake is a known one. */
function tickerAdvice(text: string): string {
  if (hasByteOrderMark(text)) return BYTE_ORDER_MARK;
  if (isQuoted(text)) return QUOTES;
  return text.startsWith("=") ? " (expected one = after the field name)" : "";
}

const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** The same for a price. What is no number is only repeated. */
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
