import type { Price, Quote, Ticker } from "#protocol/quote.ts";
import type { OperatorSubscriptions } from "./operator-subscriptions.ts";

/** A WebSocket connection, as stored in the graph. */
export interface Connection {
  /** The connection id of API Gateway, opaque. */
  readonly id: string;
  readonly connectedAt: Date;
  /** API Gateway has closed the connection by this time. */
  readonly expiresAt: Date;
}

/** The owner of a watch list: a connection, or its user, whose list all connections of the user share. */
export interface Owner {
  readonly connectionId: string;
  readonly userId?: string;
}

/** Tickers and baskets, by name. */
export interface Watches {
  readonly tickers: readonly Ticker[];
  readonly baskets: readonly string[];
}

/** Limits of one watch list. */
export interface WatchLimits {
  /** Tickers and baskets together. */
  readonly watches: number;
  readonly baskets: number;
}

/** A named set of tickers. */
export interface Basket {
  readonly name: string;
  /** Strictly increasing; the time of the last change in milliseconds, or slightly more. 0 when it was never defined. */
  readonly version: number;
  /** Sorted. */
  readonly tickers: readonly Ticker[];
}

/** The watch list of a connection or of its user, with prices. All lists are sorted. */
export interface Watched {
  /** The user, with the version of its list. The list is as new as the version, or newer. */
  readonly user?: { readonly id: string; readonly version: number };
  readonly tickers: readonly Ticker[];
  readonly baskets: readonly Basket[];
  /** The last quote of each ticker, listed or in a basket, that has a price. */
  readonly quotes: readonly Quote[];
}

/** A connection that watches these tickers. */
export interface Watcher {
  readonly connectionId: string;
  readonly tickers: ReadonlySet<Ticker>;
}

/**
 * The graph port of the flows. Each call is one request, unless documented otherwise. A write is committed when its promise
 * resolves, and a read sees everything that was committed before it was called.
 *
 * Every method throws {@link GraphError} when the graph did not respond reliably. A write that threw may have been committed;
 * repeating it is safe. While a stream is read, no other method may be awaited.
 */
export interface Subscriptions extends OperatorSubscriptions {
  /** Stores the connection. Idempotent. */
  connect(connection: Connection): Promise<void>;

  /**
   * Deletes a connection and its own watch list, but not the list of its user. Idempotent.
   * @param openedBefore deletes only a connection that was opened before this time. @default no limit
   */
  deleteConnection(connectionId: string, openedBefore?: Date): Promise<void>;

  /**
   * Deletes at most `atMost` connections that expired before `now`, in two requests.
   * @returns the number of expired connections found.
   */
  deleteExpired(now: Date, atMost: number): Promise<number>;

  /** Whether the connection is stored. */
  isConnected(connectionId: string): Promise<boolean>;

  /**
   * Attaches a connection to a user, and detaches it from any other. It then watches the list of the user; its own list is
   * deleted.
   * @returns whether it is attached: not when the connection is unknown, or when the user has `atMost` other connections.
   */
  attach(connectionId: string, userId: string, atMost: number): Promise<boolean>;

  /**
   * Adds to the watch list, all or nothing.
   * @returns whether the entries are on the list: not when the connection is unknown, has another user than `owner` (or any
   *   user when `owner` has none), or when the list would exceed `limits`.
   */
  watch(owner: Owner, watches: Watches, limits: WatchLimits): Promise<boolean>;

  /** Removes entries from the watch list. Idempotent; does nothing when the connection has another user than `owner`. */
  unwatch(owner: Owner, watches: Watches): Promise<void>;

  /** The watch list of a connection or of its user; `undefined` when the connection is unknown. */
  watched(connectionId: string): Promise<Watched | undefined>;

  /** The connection ids of a user, streamed in batches. After a retry an id may repeat. */
  connectionsOf(userId: string): AsyncIterable<readonly string[]>;

  /** All connection ids, streamed in batches. After a retry an id may repeat. */
  connections(): AsyncIterable<readonly string[]>;

  /**
   * Replaces the tickers of a basket.
   * @returns whether it was replaced: not when the basket was changed after `changedAt`.
   */
  setBasket(name: string, tickers: readonly Ticker[], changedAt: Date): Promise<boolean>;

  /** A basket, and the last quote of each of its tickers that has a price; `undefined` when it is unknown. */
  basket(name: string): Promise<{ readonly basket: Basket; readonly quotes: readonly Quote[] } | undefined>;

  /** The ids of connections that watch a basket, directly or through a user, streamed in batches. After a retry an id may repeat. */
  watchersOfBasket(name: string): AsyncIterable<readonly string[]>;

  /**
   * Stores each price as the last one of its ticker, unless the stored one was published later. The new version is the
   * larger of the stored version + 1 and `publishedAt` in milliseconds.
   * @param prices at most one for each ticker.
   * @returns the stored quotes, in the order of `prices`; a superseded price has none.
   */
  recordPrices(prices: readonly Price[], publishedAt: Date): Promise<readonly Quote[]>;

  /**
   * Connections subscribed to any of `tickers`, directly, through a basket or through a user; each once, with the tickers that
   * it watches, streamed in batches. After a retry a connection may repeat.
   */
  watchersOf(tickers: readonly Ticker[]): AsyncIterable<readonly Watcher[]>;
}
