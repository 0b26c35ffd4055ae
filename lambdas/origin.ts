import { logger } from "./log.ts";

/** The accepted origins of an API. */
export interface AcceptedOrigins {
  /** The origin of the watch page: `https://{host}`. */
  readonly pageOrigin: string;
  /** The host of the request, with a port other than the default: `requestContext.domainName`. */
  readonly ownHost: string | undefined;
}

/**
 * Whether the `Origin` header of a request is accepted: when it is absent, the watch page, or the host of the API, which
 * WebSocket libraries send. Rejections are logged.
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
 * Any scheme, because websocket-client for Python sends `http://` or `https://`, and others `wss://`. A foreign page cannot have
 * this origin: browsers set the header, and the host of the API serves no pages.
 */
function isOwn(url: URL, ownHost: string | undefined): boolean {
  const own = ownHost === undefined ? undefined : parseOrigin(`${url.protocol}//${ownHost}`);
  return own?.host === url.host;
}

/** `undefined` unless `text` is a scheme and a host. Pages without an origin send `null`. */
function parseOrigin(text: string): URL | undefined {
  const isOrigin = /^(?:https?|wss?):\/\/[^\s/?#@\\]+\/?$/i.test(text);
  return isOrigin && URL.canParse(text) ? new URL(text) : undefined;
}

const MAX_LOGGED_LENGTH = 200;

/** Replaces control characters and bidirectional formatting. */
const printable = (text: string): string =>
  text.slice(0, MAX_LOGGED_LENGTH).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
