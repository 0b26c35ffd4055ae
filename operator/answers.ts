import * as v from "valibot";

/** What the operate function answers, by operation. */

const count = v.pipe(v.number(), v.safeInteger());

const quote = v.object({
  ticker: v.string(),
  /** In whole cents. */
  price: v.pipe(v.number(), v.safeInteger()),
  version: count,
  at: v.string(),
});
export type AnsweredQuote = v.InferOutput<typeof quote>;

const basket = v.object({ name: v.string(), version: count, tickers: v.array(v.string()) });
const quotes = v.array(quote);

/** How those who watch were told. */
const told = {
  watchers: count,
  delivered: v.optional(count),
  gone: v.optional(count),
  closed: v.optional(count),
  queued: v.optional(count),
  failed: v.optional(count),
};
export const toldSchema = v.object(told);
export type Told = v.InferOutput<typeof toldSchema>;

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
export const setBasketAnswer = v.object({ basket, ...told });

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
  /** Connections that could not be closed; until they are, nothing is dropped. */
  failed: v.optional(count, 0),
  /** Without what joins them, which goes first and is not counted: it may be none many times. */
  dropped: count,
  done: v.boolean(),
});

/** Each quote by its ticker. */
export function byTicker(all: readonly AnsweredQuote[]): ReadonlyMap<string, AnsweredQuote> {
  return new Map(all.map((each) => [each.ticker, each]));
}
