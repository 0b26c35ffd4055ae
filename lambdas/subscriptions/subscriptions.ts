import type { Price, Quote, Ticker } from "../quote.ts";

/** A browser's WebSocket, as the graph remembers it. */
export interface Connection {
  /** API Gateway's connection id, opaque. */
  readonly id: string;
  readonly connectedAt: Date;
  /** After this API Gateway has certainly closed it. */
  readonly expiresAt: Date;
}

/** What a connection watches, and the last price of each ticker that ever had one. */
export interface Watched {
  readonly tickers: readonly Ticker[];
  readonly quotes: readonly Quote[];
}

/** That a connection watches a ticker. */
export interface Watch {
  readonly connectionId: string;
  readonly ticker: Ticker;
}

/**
 * What the flows ask the graph. Every call is one request to it, except where it says otherwise; a write has been
 * committed when its promise resolves, and each read sees all that was committed before it was asked.
 *
 * Every method throws {@link GraphError} when the graph gave no answer to rely on. A write that threw has either been
 * committed already or never will be, so it may be repeated.
 */
export interface Subscriptions {
  /** Remembers a connection; again does no harm. */
  connect(connection: Connection): Promise<void>;

  /**
   * Forgets a connection and all its watches; one that is unknown is no error.
   * @param openedBefore when given, only a connection opened before this is forgotten.
   */
  forget(connectionId: string, openedBefore?: Date): Promise<void>;

  /** Whether the connection is remembered. */
  isConnected(connectionId: string): Promise<boolean>;

  /**
   * Makes a connection watch `tickers` too, all or none.
   * @returns whether it does: not when the connection is unknown, or when it would then watch more than `limit`.
   */
  watch(connectionId: string, tickers: readonly Ticker[], limit: number): Promise<boolean>;

  /** Makes a connection no longer watch `tickers`; those that it did not watch are no error. */
  unwatch(connectionId: string, tickers: readonly Ticker[]): Promise<void>;

  /** What a connection watches, in order of the alphabet; `undefined` when the connection is unknown. */
  watched(connectionId: string): Promise<Watched | undefined>;

  /**
   * Makes each price its ticker's last one, under the next version, all or none.
   * @param prices at most one for each ticker.
   * @returns the quotes as committed, one for each price.
   */
  recordPrices(prices: readonly Price[], at: Date): Promise<readonly Quote[]>;

  /**
   * Who watches `tickers`, in batches as the graph finds them. The same watch may come more than once: a read that
   * was cut is begun again.
   */
  watchersOf(tickers: readonly Ticker[]): AsyncIterable<readonly Watch[]>;
}
