import type { Connections, PostOutcome } from "#lambdas/connections/connections.ts";
import type { RecipientBatchQueue } from "#lambdas/delivery/page-queue.ts";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import type { ServerMessage } from "#protocol/messages.ts";
import { parseTicker, type Quote, type Ticker } from "#protocol/quote.ts";

export const AT = "2026-11-21T01:02:03.456Z";

export function ticker(name: string): Ticker {
  const parsed = parseTicker(name);
  if (parsed !== name) throw new Error(`Expected a ticker in upper case, got ${name}. Change the test.`);
  return parsed;
}

export const tickers = (...names: readonly string[]): readonly Ticker[] => names.map(ticker);

export const quote = (name: string, version = 1): Quote => ({
  ticker: ticker(name),
  priceCents: 2400,
  version,
  at: AT,
});

/** {@link quote} on the wire. */
export const wireQuote = (name: string, version = 1) => ({ ticker: name, price: 2400, version, at: AT });

/** A fake graph with the methods in `known`; all others throw. */
export function subscriptionsWith(known: Partial<Subscriptions>): Subscriptions {
  const unexpected = (name: string) => () => {
    throw new Error(`Expected no call of Subscriptions.${name}. Fake it in the test if it is expected.`);
  };
  return {
    connect: unexpected("connect"),
    deleteConnection: unexpected("deleteConnection"),
    deleteExpired: unexpected("deleteExpired"),
    isConnected: unexpected("isConnected"),
    attach: unexpected("attach"),
    watch: unexpected("watch"),
    unwatch: unexpected("unwatch"),
    watched: unexpected("watched"),
    connectionsOf: unexpected("connectionsOf"),
    connections: unexpected("connections"),
    setBasket: unexpected("setBasket"),
    basket: unexpected("basket"),
    watchersOfBasket: unexpected("watchersOfBasket"),
    recordPrices: unexpected("recordPrices"),
    watchersOf: unexpected("watchersOf"),
    quotes: unexpected("quotes"),
    quote: unexpected("quote"),
    user: unexpected("user"),
    usersOf: unexpected("usersOf"),
    addToList: unexpected("addToList"),
    removeFromList: unexpected("removeFromList"),
    connectionDetails: unexpected("connectionDetails"),
    countConnections: unexpected("countConnections"),
    someConnections: unexpected("someConnections"),
    deleteConnections: unexpected("deleteConnections"),
    dropUnlessConnected: unexpected("dropUnlessConnected"),
    ...known,
  };
}

/** Fake connections that record all posts and closes in order. */
export function sockets(
  outcomeOf: (connectionId: string) => PostOutcome = () => "delivered",
  canClose: (connectionId: string) => boolean = () => true,
) {
  const posted: (readonly [connectionId: string, message: unknown])[] = [];
  const closed: string[] = [];
  const connections: Connections = {
    async post(connectionId, data) {
      posted.push([connectionId, JSON.parse(data)]);
      return outcomeOf(connectionId);
    },
    async close(connectionId) {
      closed.push(connectionId);
      return canClose(connectionId);
    },
  };
  return { connections, posted, closed };
}

/** A queue that throws on `send`. */
export const noQueue: RecipientBatchQueue = {
  send() {
    throw new Error("Expected no queued message. Fake the queue in the test if one is expected.");
  },
};

/** A stream of `batches`. */
export async function* streamOf<Batch>(...batches: readonly Batch[]): AsyncGenerator<Batch> {
  yield* batches;
}

/** A `quotes` message to `connectionId` with these tickers, each at version 1. */
export const quotesMessageTo = (connectionId: string, ...names: readonly string[]): ServerMessage => ({
  action: "quotes",
  "connection-id": connectionId,
  quotes: names.map((name) => wireQuote(name)),
});
