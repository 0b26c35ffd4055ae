import type { Connections, PostOutcome } from "#lambdas/connections/connections.ts";
import type { PageQueue } from "#lambdas/delivery/page-queue.ts";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import type { ServerMessage } from "#protocol/messages.ts";
import { parseTicker, type Quote, type Ticker } from "#protocol/quote.ts";

export const AT = "2026-11-21T01:02:03.456Z";

export function ticker(name: string): Ticker {
  const parsed = parseTicker(name);
  if (parsed !== name) throw new Error(`Expected a ticker in capitals, got ${name}. Write it so.`);
  return parsed;
}

export const tickers = (...names: readonly string[]): readonly Ticker[] => names.map(ticker);

export const quote = (name: string, version = 1): Quote => ({
  ticker: ticker(name),
  priceCents: 2400,
  version,
  at: AT,
});

/** {@link quote} as it is written on the wire. */
export const wireQuote = (name: string, version = 1) => ({ ticker: name, price: 2400, version, at: AT });

/** A graph that answers what `known` says, and throws whatever else it is asked. */
export function subscriptionsWith(known: Partial<Subscriptions>): Subscriptions {
  const unexpected = (name: string) => () => {
    throw new Error(`Expected the graph not to be asked for ${name}. Say in the test what it answers.`);
  };
  return {
    connect: unexpected("connect"),
    forget: unexpected("forget"),
    forgetExpired: unexpected("forgetExpired"),
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
    takeFromList: unexpected("takeFromList"),
    connectionDetails: unexpected("connectionDetails"),
    countConnections: unexpected("countConnections"),
    someConnections: unexpected("someConnections"),
    forgetAll: unexpected("forgetAll"),
    dropUnlessConnected: unexpected("dropUnlessConnected"),
    ...known,
  };
}

/** Sockets that note what they are told, in order, and which are closed. */
export function sockets(
  outcomeOf: (connectionId: string) => PostOutcome = () => "delivered",
  canClose: (connectionId: string) => boolean = () => true,
) {
  const told: (readonly [connectionId: string, message: unknown])[] = [];
  const closed: string[] = [];
  const connections: Connections = {
    async post(connectionId, data) {
      told.push([connectionId, JSON.parse(data)]);
      return outcomeOf(connectionId);
    },
    async close(connectionId) {
      closed.push(connectionId);
      return canClose(connectionId);
    },
  };
  return { connections, told, closed };
}

/** A queue that nothing may be sent to. */
export const noPages: PageQueue = {
  send() {
    throw new Error("Expected nothing to be queued. Say in the test what becomes of it.");
  },
};

/** The batches, one after the other. */
export async function* streamOf<Batch>(...batches: readonly Batch[]): AsyncGenerator<Batch> {
  yield* batches;
}

/** What a `quotes` message tells to `connectionId` of these tickers, each at version 1. */
export const quotesTold = (connectionId: string, ...names: readonly string[]): ServerMessage => ({
  action: "quotes",
  "connection-id": connectionId,
  quotes: names.map((name) => wireQuote(name)),
});
