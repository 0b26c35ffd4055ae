import type { Quote, Ticker } from "#protocol/quote.ts";
import type { Connection, Watched, Watches, WatchLimits } from "./subscriptions.ts";

/** A connection with its user and the size of its watch list. */
export interface ConnectionDetails extends Connection {
  readonly userId?: string;
  /** Tickers on the list of the connection; the list of its user is not counted. */
  readonly tickers: number;
  /** Baskets on the list of the connection. */
  readonly baskets: number;
}

/** The result of a bounded drop. */
export interface Dropped {
  readonly vertices: number;
  readonly isEmpty: boolean;
}

/** The graph port of the admin operations. Some methods scan every vertex of a label, so the flows must not call them. */
export interface OperatorSubscriptions {
  /** The last quotes of up to `atMost` tickers that have a price, sorted by ticker. Scans all tickers. */
  quotes(atMost: number): Promise<readonly Quote[]>;

  /** The last quote of a ticker; `undefined` when it has no price. */
  quote(ticker: Ticker): Promise<Quote | undefined>;

  /** The watch list of a user; `undefined` when the user is unknown. */
  user(userId: string): Promise<Watched | undefined>;

  /** The user of each connection that has one, by connection id. */
  usersOf(connectionIds: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /**
   * Adds to the list of a user without a connection, all or nothing. Creates an unknown user.
   * @returns whether the entries are on the list: not when the list would exceed `limits`.
   */
  addToList(userId: string, watches: Watches, limits: WatchLimits): Promise<boolean>;

  /** Removes entries from the list of a user. Idempotent; does nothing for an unknown user. */
  removeFromList(userId: string, watches: Watches): Promise<void>;

  /** Up to `atMost` connections, sorted by id. */
  connectionDetails(atMost: number): Promise<readonly ConnectionDetails[]>;

  /** The number of connections. Scans all of them. */
  countConnections(): Promise<number>;

  /** The ids of up to `atMost` connections. */
  someConnections(atMost: number): Promise<readonly string[]>;

  /** Deletes connections and their own watch lists. Idempotent. */
  deleteConnections(connectionIds: readonly string[]): Promise<void>;

  /**
   * Drops tickers, users and baskets, unless a connection exists, whose subscriptions would end. Drops edges before vertices
   * and at most `atMost` elements per transaction, in three requests; no vertex is dropped while edges are left.
   */
  dropUnlessConnected(atMost: number): Promise<Dropped>;
}
