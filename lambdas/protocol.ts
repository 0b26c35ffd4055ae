/**
 * What goes over the WebSocket, both ways. The page and the Lambdas share this file; docs/protocol.md explains it.
 */

/** Browser → service, told apart by `action`, by which API Gateway selects the route. */
export type ClientMessage =
  | { readonly action: "watch"; readonly tickers: readonly string[] }
  | { readonly action: "unwatch"; readonly tickers: readonly string[] }
  | { readonly action: "ping"; readonly name: string };

/** A quote as it is written on the wire; `price` is in whole cents. */
export interface WireQuote {
  readonly ticker: string;
  readonly price: number;
  readonly version: number;
  readonly at: string;
}

/** Service → browser: prices, at any time; with `watching` when it answers a `watch` or an `unwatch`. */
export interface QuotesMessage {
  readonly action: "quotes";
  readonly "connection-id": string;
  /** Every ticker that the connection watches now, in order of the alphabet. */
  readonly watching?: readonly string[];
  readonly quotes: readonly WireQuote[];
}

export interface PongMessage {
  readonly action: "pong";
  readonly name: string;
}

export type ErrorCode =
  | "bad-message"
  | "bad-ticker"
  | "too-many"
  | "not-implemented"
  | "unknown-connection"
  | "internal";

export interface ErrorMessage {
  readonly action: "error";
  readonly code: ErrorCode;
  /** One sentence for the person who wrote the client. */
  readonly message: string;
}

export type ServerMessage = QuotesMessage | PongMessage | ErrorMessage;

/** The subprotocol that the page offers and `$connect` echoes. */
export const SUBPROTOCOL = "ticker-watch";

/** The most tickers that one message may name. */
export const MAX_TICKERS_PER_MESSAGE = 100;

/** The most tickers that one connection may watch: keeps every answer well under API Gateway's 128 KiB. */
export const MAX_TICKERS_PER_CONNECTION = 500;

/** API Gateway closes an idle connection after this long. */
export const IDLE_LIMIT_MS = 10 * 60 * 1000;

/** API Gateway closes every connection after this long. */
export const CONNECTION_LIMIT_MS = 2 * 60 * 60 * 1000;
