/* The WebSocket messages in both directions, documented in docs/protocol.md. */

/** A message from client to service. API Gateway selects the route by `action`. */
export type ClientMessage =
  | WatchMessage
  | UnwatchMessage
  | { readonly action: "user"; readonly id: string; readonly request?: string }
  | { readonly action: "authorize"; readonly token: string; readonly request?: string }
  | SyncMessage
  | { readonly action: "ping"; readonly name: string };

/** At least one of the lists is not empty. */
export interface WatchMessage {
  readonly action: "watch";
  readonly tickers?: readonly string[];
  readonly baskets?: readonly string[];
  /** Any text; the answer repeats it, so that the client can match answers to requests. */
  readonly request?: string;
}

export interface UnwatchMessage extends Omit<WatchMessage, "action"> {
  readonly action: "unwatch";
}

/**
 * Requests everything newer than the state of the client. The answer is a {@link QuotesMessage} with each quote that is newer than
 * its version in `quotes`, or absent there. It has only the changed `baskets` if `user` has the current version of the list,
 * else `watching`, `user` and all `baskets`.
 */
export interface SyncMessage {
  readonly action: "sync";
  /** The version of each quote that the client holds, by ticker; at most {@link MAX_QUOTES_PER_SYNC}. */
  readonly quotes?: Readonly<Record<string, number>>;
  /** The version of each basket that the client holds, by name; at most {@link MAX_BASKETS}. */
  readonly baskets?: Readonly<Record<string, number>>;
  /** The user's list that the client holds. */
  readonly user?: { readonly id: string; readonly version: number };
  /** Limits the quotes of the answer to tickers after this one, in code unit order. @default no limit */
  readonly after?: string;
  /** Limits the quotes of the answer to tickers up to and including this one. @default no limit */
  readonly until?: string;
  readonly request?: string;
}

/** A quote on the wire; `price` is in whole cents. */
export interface WireQuote {
  readonly ticker: string;
  readonly price: number;
  readonly version: number;
  readonly at: string;
}

/** A basket and all its tickers, sorted. */
export interface WireBasket {
  readonly name: string;
  /** Strictly increasing with each change of the basket; 0 when it was never defined. */
  readonly version: number;
  readonly tickers: readonly string[];
}

/**
 * Prices, sent by the service at any time. With `watching` it contains the complete watch list: in answer to a `watch`, `unwatch`
 * or `user`, and after another connection of the same user changed the list.
 */
export interface QuotesMessage {
  readonly action: "quotes";
  readonly "connection-id": string;
  /** The `request` of the answered message, if any. */
  readonly request?: string;
  /** All watched tickers except those of baskets, sorted. */
  readonly watching?: readonly string[];
  /** With `watching` all watched baskets, absent when there is none; else the changed ones. */
  readonly baskets?: readonly WireBasket[];
  /** With `watching`, the user of the connection, if any. The version increases with each change of the list. */
  readonly user?: { readonly id: string; readonly version: number };
  readonly quotes: readonly WireQuote[];
}

/** The answer to a `ping`, with its `name`. Shows that the connection is alive; does not read the graph. */
export interface PongMessage {
  readonly action: "pong";
  readonly name: string;
}

/** A text from the operator to all connections. Never markup. */
export interface NoticeMessage {
  readonly action: "notice";
  readonly message: string;
}

export type ErrorCode =
  | "bad-message"
  | "bad-ticker"
  | "too-many"
  | "not-implemented"
  | "unknown-connection"
  | "unauthorized"
  | "internal";

export interface ErrorMessage {
  readonly action: "error";
  readonly code: ErrorCode;
  /** One sentence for the developer of the client. */
  readonly message: string;
  /** The `request` of the answered message, if any. */
  readonly request?: string;
}

export type ServerMessage = QuotesMessage | PongMessage | NoticeMessage | ErrorMessage;

/** The subprotocol that the watch page offers and `$connect` echoes. */
export const SUBPROTOCOL = "ticker-watch";

/** The maximum number of tickers in one message. */
export const MAX_TICKERS_PER_MESSAGE = 100;

/** The maximum number of tickers in a basket. */
export const MAX_TICKERS_PER_BASKET = 100;

/** The maximum number of prices in one publish. */
export const MAX_PRICES_PER_POST = 100;

/** The maximum number of tickers and baskets together on the watch list of a connection or user. */
export const MAX_WATCHES = 500;

/** The maximum number of baskets on a watch list, and in one message. Keeps every answer under the 128 KiB of API Gateway. */
export const MAX_BASKETS = 20;

/** The maximum number of connections of a user. Each change of the list is sent to all of them. */
export const MAX_CONNECTIONS_PER_USER = 100;

/** The maximum number of quotes in one answer; the others follow in further messages. */
export const MAX_QUOTES_PER_MESSAGE = 500;

/**
 * The maximum number of versions in a `sync`: 500 with the longest tickers take 26 KB, and API Gateway closes a connection that
 * sends a frame over 32 KiB. With more quotes a client sends one `sync` per range of tickers.
 */
export const MAX_QUOTES_PER_SYNC = 500;

/** API Gateway closes an idle connection after this time. */
export const IDLE_LIMIT_MS = 10 * 60 * 1000;

/** API Gateway closes every connection after this time. */
export const CONNECTION_LIMIT_MS = 2 * 60 * 60 * 1000;
