import type { Price, Quote, Ticker } from "../quote.ts";
import type { OperatorSubscriptions } from "./operator-subscriptions.ts";

/** A browser's WebSocket, as the graph remembers it. */
export interface Connection {
  /** API Gateway's connection id, opaque. */
  readonly id: string;
  readonly connectedAt: Date;
  /** After this API Gateway has certainly closed it. */
  readonly expiresAt: Date;
}

/** Whose list it is: that of a connection by itself, or that of its user, which all connections of the user share. */
export interface Owner {
  readonly connectionId: string;
  readonly userId?: string;
}

/** Tickers and baskets, by name. */
export interface Watches {
  readonly tickers: readonly Ticker[];
  readonly baskets: readonly string[];
}

/** The most that one owner may watch. */
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
  /** In order of the alphabet. */
  readonly tickers: readonly Ticker[];
}

/** What a connection watches, by itself or through its user; each list is in order of the alphabet. */
export interface Watched {
  /** The version grows with each change of the user's list; the list is as new as it, or newer. */
  readonly user?: { readonly id: string; readonly version: number };
  readonly tickers: readonly Ticker[];
  readonly baskets: readonly Basket[];
  /** The last price of each of the tickers, and of those of the baskets, that ever had one. */
  readonly quotes: readonly Quote[];
}

/** A connection that is to be told of these tickers. */
export interface Watcher {
  readonly connectionId: string;
  readonly tickers: ReadonlySet<Ticker>;
}

/**
 * What the flows ask the graph. Every call is one request to it, except where it says otherwise; a write has been
 * committed when its promise resolves, and each read sees all that was committed before it was asked.
 *
 * Every method throws {@link GraphError} when the graph gave no answer to rely on. A write that threw has either been
 * committed already or never will be, so it may be repeated. While a stream is read, nothing else may be asked.
 */
export interface Subscriptions extends OperatorSubscriptions {
  /** Remembers a connection; again does no harm. */
  connect(connection: Connection): Promise<void>;

  /**
   * Forgets a connection and all that it watches by itself; one that is unknown is no error. Its user's list stays.
   * @param openedBefore when given, only a connection opened before this is forgotten.
   */
  forget(connectionId: string, openedBefore?: Date): Promise<void>;

  /**
   * Forgets connections whose time was over before `now`, but no more than `atMost` of them, in two requests.
   * @returns how many were found.
   */
  forgetExpired(now: Date, atMost: number): Promise<number>;

  /** Whether the connection is remembered. */
  isConnected(connectionId: string): Promise<boolean>;

  /**
   * Makes a connection one of a user, and of no other. From now on it watches what the user watches: what it watched by
   * itself is left.
   * @returns whether it is one: not when it is unknown, or when the user has `atMost` others already.
   */
  attach(connectionId: string, userId: string, atMost: number): Promise<boolean>;

  /**
   * Adds to what is watched, all or nothing.
   * @returns whether it is watched now: not when the connection is unknown, when it is another user's than `owner` says
   *   (or has a user though `owner` says none), or when more than `limits` would be watched.
   */
  watch(owner: Owner, watches: Watches, limits: WatchLimits): Promise<boolean>;

  /** Takes away from what is watched; what was not watched is no error, nor is a connection that has another user. */
  unwatch(owner: Owner, watches: Watches): Promise<void>;

  /** What a connection watches; `undefined` when the connection is unknown. */
  watched(connectionId: string): Promise<Watched | undefined>;

  /**
   * The connections of a user, by id, in batches as the graph finds them. After a fault of the graph an id may come again.
   */
  connectionsOf(userId: string): AsyncIterable<readonly string[]>;

  /** All connections, by id, in batches as the graph finds them. After a fault of the graph an id may come again. */
  connections(): AsyncIterable<readonly string[]>;

  /**
   * Replaces what a basket includes.
   * @returns whether it was replaced: not when the basket was changed after `changedAt`.
   */
  setBasket(name: string, tickers: readonly Ticker[], changedAt: Date): Promise<boolean>;

  /** A basket, and the last price of each of its tickers that ever had one; `undefined` when it is unknown. */
  basket(name: string): Promise<{ readonly basket: Basket; readonly quotes: readonly Quote[] } | undefined>;

  /**
   * The connections that watch a basket, themselves or through their user, by id, in batches as the graph finds them. After
   * a fault of the graph an id may come again.
   */
  watchersOfBasket(name: string): AsyncIterable<readonly string[]>;

  /**
   * Stores each price as the last one of its ticker, unless the stored one was published later. The new version is the
   * larger of the stored version + 1 and `publishedAt` in milliseconds.
   * @param prices at most one for each ticker.
   * @returns the stored quotes, in the order of `prices`; a superseded price has none.
   */
  recordPrices(prices: readonly Price[], publishedAt: Date): Promise<readonly Quote[]>;

  /**
   * Who is to be told of `tickers`: who watches one of them or a basket that includes it, themselves or through their user.
   * Each connection once, with those of the tickers that it watches, in batches as they come; after a fault of the graph
   * a connection may come again.
   */
  watchersOf(tickers: readonly Ticker[]): AsyncIterable<readonly Watcher[]>;
}
