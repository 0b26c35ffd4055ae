import { type ClientMessage, MAX_BASKETS, MAX_TICKERS_PER_MESSAGE } from "#protocol/messages.ts";
import { type Entry, groupByKind, isBasket } from "./entry.ts";

/** What makes a connection one of a user's: their name, or their token. */
export type Attachment =
  | { readonly action: "user"; readonly id: string }
  | { readonly action: "authorize"; readonly token: string };

export type Request =
  | Attachment
  | { readonly action: "watch" | "unwatch"; readonly entries: readonly Entry[] };

/** What is yet to be asked of the service so that it watches what the page wants. It outlives sockets. */
export interface PendingRequests {
  /** Starts anew, for a socket of which nothing was asked yet. */
  reset(): void;
  /** The page wants these from now on, also those that were refused before. */
  watch(entries: readonly Entry[]): void;
  /** The page does not want this one any more. */
  unwatch(entry: Entry): void;
  /** The request whose turn it is; `undefined` when all is asked and answered. Stays until it is answered or refused. */
  next(): Request | undefined;
  /**
   * The service said what the connection watches. It may be the answer to an earlier request that was slow.
   * @param userId whose list it is; `undefined` for the list of a connection without a user.
   */
  reconcile(watching: ReadonlySet<Entry>, userId?: string): void;
  /** The service did what was asked. */
  ack(request: Request): void;
  /** The service will not do what was asked, for a reason that repeating does not change. */
  reject(request: Request, message: string): void;
}

/** As many of the entries as one message may name. */
export function firstBatch(entries: Iterable<Entry>): readonly Entry[] {
  const all = [...entries];
  return [
    ...all.filter((entry) => !isBasket(entry)).slice(0, MAX_TICKERS_PER_MESSAGE),
    ...all.filter(isBasket).slice(0, MAX_BASKETS),
  ];
}

export const isAttachment = (request: Request): request is Attachment =>
  request.action === "user" || request.action === "authorize";

/** The message that makes a request, under a name that the answer repeats. */
export function requestMessage(request: Request, name: string): ClientMessage {
  if (isAttachment(request)) return { ...request, request: name };
  const { tickers, baskets } = groupByKind(request.entries);
  return {
    action: request.action,
    ...(tickers.length > 0 && { tickers }),
    ...(baskets.length > 0 && { baskets }),
    request: name,
  };
}
