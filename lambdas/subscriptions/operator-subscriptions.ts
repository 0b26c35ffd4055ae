import type { Quote, Ticker } from "../quote.ts";
import type { Connection, Watched, Watches, WatchLimits } from "./subscriptions.ts";

/** A connection with what the graph knows of it. */
export interface ConnectionDetails extends Connection {
  readonly userId?: string;
  /** How many tickers it watches by itself; the list of its user is not counted. */
  readonly tickers: number;
  /** How many baskets it watches by itself. */
  readonly baskets: number;
}

/** What of the graph was dropped, and whether anything is left. */
export interface Dropped {
  readonly vertices: number;
  readonly isEmpty: boolean;
}

/** What only the operator asks the graph. Some of it looks at every vertex of a kind, so nothing else should ask it often. */
export interface OperatorSubscriptions {
  /** The last prices of some tickers that ever had one, in order of the alphabet; looks at all tickers. */
  quotes(atMost: number): Promise<readonly Quote[]>;

  /** The last price of a ticker; `undefined` when there is none. */
  quote(ticker: Ticker): Promise<Quote | undefined>;

  /** What a user watches on all connections; `undefined` when the user is unknown. */
  user(userId: string): Promise<Watched | undefined>;

  /** The users of those of the connections that have one, by the id of the connection. */
  usersOf(connectionIds: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /**
   * Adds to a user's list without a connection, all or nothing. A user who is unknown is made.
   * @returns whether it is on the list now: not when more than `limits` would be.
   */
  addToList(userId: string, watches: Watches, limits: WatchLimits): Promise<boolean>;

  /** Takes away from a user's list; what was not on it is no error, nor is a user who is unknown. */
  takeFromList(userId: string, watches: Watches): Promise<void>;

  /** Some connections with what is known of them, in order of their ids. */
  connectionDetails(atMost: number): Promise<readonly ConnectionDetails[]>;

  /** How many connections there are; looks at all of them. */
  countConnections(): Promise<number>;

  /** The ids of some connections. */
  someConnections(atMost: number): Promise<readonly string[]>;

  /** Forgets these connections and all that they watch by themselves; those that are unknown are no error. */
  forgetAll(connectionIds: readonly string[]): Promise<void>;

  /**
   * Drops tickers, users and baskets, unless there is a connection, whose subscriptions would end. Edges go before vertices, so that no transaction is larger than `atMost`; in three
   * requests. While there are edges left, no vertex is dropped.
   */
  dropUnlessConnected(atMost: number): Promise<Dropped>;
}
