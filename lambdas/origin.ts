import { logger } from "./log.ts";

/** The origins that an API accepts. */
export interface AcceptedOrigins {
  /** Of the watch page: `https://{host}`. */
  readonly pageOrigin: string;
  /** The host that the request was sent to, with a port unless it is the default one: `requestContext.domainName`. */
  readonly ownHost: string | undefined;
}

/**
 * Whether a request with this `Origin` header may be answered: one without it, one of the watch page, or one of the API's
 * own host, which WebSocket libraries send. Refusals are logged.
 */
export function acceptsOrigin(origin: string | undefined, accepted: AcceptedOrigins): boolean {
  const { pageOrigin, ownHost } = accepted;
  if (origin === undefined) return true;
  const url = parseOrigin(origin);
  if (url && (url.origin === parseOrigin(pageOrigin)?.origin || isOwn(url, ownHost))) return true;
  const expected = [pageOrigin, ...(ownHost === undefined ? [] : [`https://${ownHost}`])];
  logger.warn("Refused a foreign Origin", { origin: printable(origin), expected });
  return false;
}

/**
 * Python's websocket-client sends `http://` or `https://` and the host of the URL, others repeat `wss://`. No foreign page
 * can have such an origin: browsers set the header themselves, and the API's host serves no pages.
 */
function isOwn(url: URL, ownHost: string | undefined): boolean {
  const own = ownHost === undefined ? undefined : parseOrigin(`${url.protocol}//${ownHost}`);
  return own?.host === url.host;
}

/** `undefined` unless it is a scheme and a host; `null` is what pages without an origin send. */
function parseOrigin(text: string): URL | undefined {
  const isOrigin = /^(?:https?|wss?):\/\/[^\s/?#@\\]+\/?$/i.test(text);
  return isOrigin && URL.canParse(text) ? new URL(text) : undefined;
}

const MAX_LOGGED_LENGTH = 200;

/** Without control characters and those that turn the direction of text. */
const printable = (text: string): string =>
  text.slice(0, MAX_LOGGED_LENGTH).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
