import type { QuotesMessage } from "#protocol/messages.ts";
import { toWireBasket, toWireQuote, watchingMessage } from "../delivery/messages.ts";
import type { Watched } from "../graph/subscriptions.ts";
import type { HeldVersions } from "./message.ts";

/**
 * The response to a `sync`: all quotes and baskets of `watched` that are newer than the held ones, within the
 * requested range of tickers. The list is absent when the client holds its current version; the list of a
 * connection without a user has no version and is always present.
 */
export function buildSyncResponse(held: HeldVersions, connectionId: string, watched: Watched): QuotesMessage {
  const { after = "", until } = held;
  const quotes = watched.quotes.filter(
    ({ ticker, version }) =>
      ticker > after &&
      (until === undefined || ticker <= until) &&
      version > (held.quotes.get(ticker) ?? Number.NEGATIVE_INFINITY),
  );
  const { user } = watched;
  const isListCurrent = user && user.id === held.user?.id && user.version === held.user.version;
  if (!isListCurrent) return watchingMessage(connectionId, watched, quotes);
  const baskets = watched.baskets.filter(({ name, version }) => version !== held.baskets.get(name));
  return {
    action: "quotes",
    "connection-id": connectionId,
    ...(baskets.length > 0 && { baskets: baskets.map(toWireBasket) }),
    quotes: quotes.map(toWireQuote),
  };
}
