import { MAX_QUOTES_PER_SYNC, type SyncMessage } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import type { WatchList } from "./watch-list.ts";

/** The rows of a client, and the versions that it received on the open socket. */
export interface Holdings {
  /** The tickers of all rows, with or without a quote. */
  readonly tickers: readonly Ticker[];
  /** The version of each held quote, by ticker. May contain tickers without a row. */
  readonly quotes: ReadonlyMap<string, number>;
  /** The version of each held basket of the list, by name. */
  readonly baskets: ReadonlyMap<string, number>;
  /** The held list of a user; `undefined` for a client with its own list, or before the list was received. */
  readonly user?: { readonly id: string; readonly version: number };
}

export function holdingsOf(list: WatchList, quotes: ReadonlyMap<string, number>): Holdings {
  return { tickers: list.lines.map(({ ticker }) => ticker), quotes, ...list.versions };
}

/** All tickers with `after` < ticker <= `until` in code unit order, with or without a row. */
export type TickerRange = Pick<SyncMessage, "after" | "until">;

/**
 * The first range above `after` that contains at most {@link MAX_QUOTES_PER_SYNC} of `tickers`. The last range has no
 * `until`, so that successive ranges cover every possible ticker.
 * @param after the `until` of the range before; `undefined` for the first range.
 */
export function nextRange(tickers: Iterable<string>, after: string | undefined): TickerRange {
  const above = [...tickers].filter((ticker) => after === undefined || ticker > after).sort();
  const until = above.length > MAX_QUOTES_PER_SYNC ? above[MAX_QUOTES_PER_SYNC - 1] : undefined;
  return { ...(after !== undefined && { after }), ...(until !== undefined && { until }) };
}

export function isInRange(ticker: string, { after, until }: TickerRange): boolean {
  return (after === undefined || ticker > after) && (until === undefined || ticker <= until);
}

/** The `sync` that requests everything newer than `holdings` within `range`. */
export function syncMessage(
  { tickers, quotes, baskets, user }: Holdings,
  range: TickerRange,
  request: string,
): SyncMessage {
  const held = tickers.flatMap((ticker): [string, number][] => {
    const version = isInRange(ticker, range) ? quotes.get(ticker) : undefined;
    return version === undefined ? [] : [[ticker, version]];
  });
  return {
    action: "sync",
    quotes: Object.fromEntries(held),
    ...(baskets.size > 0 && { baskets: Object.fromEntries(baskets) }),
    ...(user && { user }),
    ...range,
    request,
  };
}

/** Finds rows whose quote may have been lost: they have none, and no answer has confirmed that there is no price. */
export class UnpricedRows {
  readonly #confirmed = new Set<string>();

  /** Records tickers that an answer covered. Tickers with a quote may be among them. */
  confirm(tickers: Iterable<string>): void {
    for (const ticker of tickers) this.#confirmed.add(ticker);
  }

  /** Whether a row has neither a quote nor a confirmation. A row that is removed and added again needs a new one. */
  isAnyUnconfirmed({ tickers, quotes }: Holdings): boolean {
    const shown = new Set<string>(tickers);
    for (const ticker of this.#confirmed) if (!shown.has(ticker)) this.#confirmed.delete(ticker);
    return tickers.some((ticker) => !quotes.has(ticker) && !this.#confirmed.has(ticker));
  }

  clear(): void {
    this.#confirmed.clear();
  }
}
