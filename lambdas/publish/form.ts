import { type Price, parsePriceCents, parseTicker, type Ticker } from "../quote.ts";

/** The most quotes, and the most connection ids, that one post may carry. */
export const MAX_QUOTES = 100;
export const MAX_CONNECTION_IDS = 100;

export interface PublishForm {
  /** One for each ticker, in the order in which the tickers first came. */
  readonly prices: readonly Price[];
  /** Connections to be told of all these prices, watching or not; each once. */
  readonly connectionIds: readonly string[];
}

/** A form, or one plain line that says what is wrong with it. */
export type Parsed<Form> =
  | { readonly ok: true; readonly form: Form }
  | { readonly ok: false; readonly problem: string };

/**
 * What a form-encoded post asks for: `ticker` and `price`, repeated in pairs, and any number of `connId`. A ticker given
 * twice gets the last price.
 */
export function parseForm(body: string): Parsed<PublishForm> {
  const fields = new URLSearchParams(body);
  const tickers = fields.getAll("ticker");
  const prices = fields.getAll("price");
  const connectionIds = [...new Set(fields.getAll("connId"))];

  if (tickers.length !== prices.length)
    return refuse(`mismatched tickers and prices: ${tickers.length} ${prices.length}`);
  if (tickers.length === 0) return refuse("no quotes");
  if (tickers.length > MAX_QUOTES) return refuse(`too many quotes: ${tickers.length}, at most ${MAX_QUOTES}`);
  if (connectionIds.length > MAX_CONNECTION_IDS) {
    return refuse(`too many connections: ${connectionIds.length}, at most ${MAX_CONNECTION_IDS}`);
  }

  const pricesByTicker = new Map<Ticker, Price>();
  for (const [index, text] of tickers.entries()) {
    const ticker = parseTicker(text);
    if (!ticker) return refuse(`bad ticker: ${onOneLine(text)}`);
    const priceText = prices[index] ?? "";
    const priceCents = parsePriceCents(priceText);
    if (priceCents === undefined) return refuse(`not a number: ${onOneLine(priceText)}`);
    pricesByTicker.set(ticker, { ticker, priceCents });
  }
  return { ok: true, form: { prices: [...pricesByTicker.values()], connectionIds } };
}

/** The most characters of a notice. */
export const MAX_NOTICE_LENGTH = 1_000;

/** The words of a form-encoded broadcast: one `message`, trimmed. */
export function parseBroadcast(body: string): Parsed<string> {
  const [message = "", ...others] = new URLSearchParams(body).getAll("message").map((text) => text.trim());
  if (message === "") return refuse("no message");
  if (others.length > 0) return refuse(`too many messages: ${others.length + 1}, at most 1`);
  if (message.length > MAX_NOTICE_LENGTH) {
    return refuse(`too long: ${message.length} characters, at most ${MAX_NOTICE_LENGTH}`);
  }
  return { ok: true, form: message };
}

const MEDIA_TYPE = /^\s*application\/x-www-form-urlencoded\s*(;|$)/i;

/** Whether a `content-type` header names a form; parameters, such as a charset, do not matter. */
export function isForm(contentType: string | undefined): boolean {
  return contentType !== undefined && MEDIA_TYPE.test(contentType);
}

const refuse = (problem: string) => ({ ok: false, problem }) as const;

/** What a person sent, fit for one line of theirs: cut, and without what a terminal would obey. */
function onOneLine(text: string): string {
  const visible = text.replace(/[^\x20-\x7e]/g, "?");
  return visible.length > 40 ? `${visible.slice(0, 40)}…` : visible;
}
