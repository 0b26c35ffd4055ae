import type { QuotesMessage } from "#protocol/messages.ts";
import { toWire, toWireBasket, watchingMessage } from "../delivery/messages.ts";
import type { Watched } from "../graph/subscriptions.ts";
import type { HeldVersions } from "./message.ts";

/**
 * The answer to a `sync`: everything of `watched` that is newer than what the client holds, within the range of tickers
 * that it asks for. The list of tickers is absent when the client holds the current version of its user's list. A
 * connection without a user has no list version, so its list is always present.
 */
export function newerThan(held: HeldVersions, connectionId: string, watched: Watched): QuotesMessage {
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
    quotes: quotes.map(toWire),
  };
}
