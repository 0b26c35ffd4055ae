import * as v from "valibot";

/** Schemas of the operate function's responses, by operation. */

const count = v.pipe(v.number(), v.safeInteger());

const quote = v.object({
  ticker: v.string(),
  /** Whole cents. */
  price: v.pipe(v.number(), v.safeInteger()),
  version: count,
  at: v.string(),
});
export type AnsweredQuote = v.InferOutput<typeof quote>;

const basket = v.object({ name: v.string(), version: count, tickers: v.array(v.string()) });
const quotes = v.array(quote);

/** Number of watchers by delivery outcome. */
const delivery = {
  watchers: count,
  delivered: v.optional(count),
  gone: v.optional(count),
  closed: v.optional(count),
  queued: v.optional(count),
  failed: v.optional(count),
};
export const deliveryCounts = v.object(delivery);
export type DeliveryCounts = v.InferOutput<typeof deliveryCounts>;

export const watchersAnswer = v.object({
  ticker: v.string(),
  quote: v.optional(quote),
  watchers: count,
  connections: v.array(v.object({ id: v.string(), user: v.optional(v.string()) })),
});

export const pricesAnswer = v.object({ quotes, truncated: v.optional(v.boolean()) });

export const userAnswer = v.object({
  user: v.object({ id: v.string(), version: count }),
  tickers: v.array(v.string()),
  baskets: v.array(basket),
  connections: v.array(v.string()),
  quotes,
});

export const basketAnswer = v.object({ basket, quotes, watchers: count });
export const setBasketAnswer = v.object({ basket, ...delivery });

export const connectionsAnswer = v.object({
  connections: v.array(
    v.object({
      id: v.string(),
      connectedAt: v.string(),
      expiresAt: v.string(),
      user: v.optional(v.string()),
      tickers: count,
      baskets: v.optional(count, 0),
    }),
  ),
  total: count,
});

export const forgetAnswer = v.object({ closed: v.boolean(), forgotten: v.boolean() });
export const watchAnswer = v.object({ user: v.object({ id: v.string(), version: count }), watching: count });
export const cleanAnswer = v.object({
  closed: count,
  /** Connections that could not be closed. No vertex is dropped while there are any. */
  failed: v.optional(count, 0),
  /** Vertices. Edges are dropped first and not counted, so several rounds may report 0. */
  dropped: count,
  done: v.boolean(),
});

/** The quotes, keyed by ticker. */
export function byTicker(all: readonly AnsweredQuote[]): ReadonlyMap<string, AnsweredQuote> {
  return new Map(all.map((each) => [each.ticker, each]));
}
