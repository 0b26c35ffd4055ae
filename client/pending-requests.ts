import { type ClientMessage, MAX_BASKETS, MAX_TICKERS_PER_MESSAGE } from "#protocol/messages.ts";
import { type Entry, groupByKind, isBasket } from "./entry.ts";

/** Attaches a connection to a user, by name or by token. */
export type Attachment =
  | { readonly action: "user"; readonly id: string }
  | { readonly action: "authorize"; readonly token: string };

export type Request =
  | Attachment
  | { readonly action: "watch" | "unwatch"; readonly entries: readonly Entry[] };

/** The requests that the service has yet to answer. Kept across sockets. */
export interface PendingRequests {
  /** Queues everything that a new socket has to send. */
  reset(): void;
  /** Subscribes to the entries, including those that were rejected before. */
  watch(entries: readonly Entry[]): void;
  unwatch(entry: Entry): void;
  /** The next request, until it is acknowledged or rejected; `undefined` if none is pending. */
  next(): Request | undefined;
  /**
   * Compares with a list that the service sent, possibly as a late answer to an earlier request.
   * @param userId the owner of the list; `undefined` for a connection without a user.
   */
  reconcile(watching: ReadonlySet<Entry>, userId?: string): void;
  /** Removes a request that the service has carried out. */
  ack(request: Request): void;
  /** Removes a request that fails permanently: a retry would get the same error. */
  reject(request: Request, message: string): void;
}

/** The first entries that fit into one message. */
export function firstBatch(entries: Iterable<Entry>): readonly Entry[] {
  const all = [...entries];
  return [
    ...all.filter((entry) => !isBasket(entry)).slice(0, MAX_TICKERS_PER_MESSAGE),
    ...all.filter(isBasket).slice(0, MAX_BASKETS),
  ];
}

export const isAttachment = (request: Request): request is Attachment =>
  request.action === "user" || request.action === "authorize";

/** @param requestId the service echoes it in the answer. */
export function requestMessage(request: Request, requestId: string): ClientMessage {
  if (isAttachment(request)) return { ...request, request: requestId };
  const { tickers, baskets } = groupByKind(request.entries);
  return {
    action: request.action,
    ...(tickers.length > 0 && { tickers }),
    ...(baskets.length > 0 && { baskets }),
    request: requestId,
  };
}
