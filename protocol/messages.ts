/**
 * What goes over the WebSocket, both ways. The page and the Lambdas share this file; docs/protocol.md explains it.
 */

/** Browser → service, told apart by `action`, by which API Gateway selects the route. */
export type ClientMessage =
  | WatchMessage
  | UnwatchMessage
  | { readonly action: "user"; readonly id: string; readonly request?: string }
  | { readonly action: "authorize"; readonly token: string; readonly request?: string }
  | SyncMessage
  | { readonly action: "ping"; readonly name: string };

/** At least one of the lists has something in it. */
export interface WatchMessage {
  readonly action: "watch";
  readonly tickers?: readonly string[];
  readonly baskets?: readonly string[];
  /** Any text of the client's own, which the answer repeats: by it the client knows what was answered. */
  readonly request?: string;
}

export interface UnwatchMessage extends Omit<WatchMessage, "action"> {
  readonly action: "unwatch";
}

/**
 * Asks for everything that is newer than what the client holds. The answer is a {@link QuotesMessage}: `watching`, `user` and
 * all `baskets` unless `user` has the current version of the user's list, else only the changed `baskets`; and each quote
 * that is newer than the version in `quotes`, or absent there.
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

/** A quote as it is written on the wire; `price` is in whole cents. */
export interface WireQuote {
  readonly ticker: string;
  readonly price: number;
  readonly version: number;
  readonly at: string;
}

/** A basket with all that it includes now, in order of the alphabet. */
export interface WireBasket {
  readonly name: string;
  /** Strictly increasing with each change of the basket; 0 when nobody has said yet what is in it. */
  readonly version: number;
  readonly tickers: readonly string[];
}

/**
 * Service → browser: prices, at any time. With `watching` it tells all that the connection watches now: in answer to a
 * `watch`, an `unwatch` or a `user`, and when another connection of the same user has changed their list.
 */
export interface QuotesMessage {
  readonly action: "quotes";
  readonly "connection-id": string;
  /** The `request` of the message that this answers, if it had one. */
  readonly request?: string;
  /** Every ticker that is watched now, but for those of baskets, in order of the alphabet. */
  readonly watching?: readonly string[];
  /** Beside `watching` every basket that is watched now, absent when there is none; else those that have changed. */
  readonly baskets?: readonly WireBasket[];
  /** Beside `watching`: whose list this is, when the connection is a user's; the version grows with each change of it. */
  readonly user?: { readonly id: string; readonly version: number };
  readonly quotes: readonly WireQuote[];
}

/** Echoes the `name` of a `ping`. It shows that the connection is alive; it does not read the graph. */
export interface PongMessage {
  readonly action: "pong";
  readonly name: string;
}

/** Words of the operator's for everybody who is connected. Text, never markup. */
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
  /** One sentence for the person who wrote the client. */
  readonly message: string;
  /** The `request` of the message that this answers, if it had one. */
  readonly request?: string;
}

export type ServerMessage = QuotesMessage | PongMessage | NoticeMessage | ErrorMessage;

/** The subprotocol that the page offers and `$connect` echoes. */
export const SUBPROTOCOL = "ticker-watch";

/** The most tickers that one message may name, and that a basket may include. */
export const MAX_TICKERS_PER_MESSAGE = 100;
export const MAX_TICKERS_PER_BASKET = 100;

/** The most prices that one publish may carry. */
export const MAX_PRICES_PER_POST = 100;

/** The most tickers and baskets together that one connection, or one user, may watch. */
export const MAX_WATCHES = 500;

/** How many of them may be baskets; a message may name as many. Keeps every answer under API Gateway's 128 KiB. */
export const MAX_BASKETS = 20;

/** The most connections that a user may have at once: each change of the list is told to all of them. */
export const MAX_CONNECTIONS_PER_USER = 100;

/** The most prices that one answer carries; the others follow in messages of their own. */
export const MAX_QUOTES_PER_MESSAGE = 500;

/**
 * The most versions of quotes that a `sync` may carry: 500 of the longest tickers take 26 KB, and API Gateway closes a
 * connection that sends a frame over 32 KiB. A client that holds more sends one `sync` for each range of tickers.
 */
export const MAX_QUOTES_PER_SYNC = 500;

/** API Gateway closes an idle connection after this long. */
export const IDLE_LIMIT_MS = 10 * 60 * 1000;

/** API Gateway closes every connection after this long. */
export const CONNECTION_LIMIT_MS = 2 * 60 * 60 * 1000;
