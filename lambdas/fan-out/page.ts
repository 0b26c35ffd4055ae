import * as v from "valibot";
import type { News, Recipient } from "./news.ts";

/**
 * Recipients a page: what `notify` tells in well under a second, so that a page which has to be told again costs little, and
 * some 20 KB, so that ten pages fit into one request to SQS many times over.
 */
export const PAGE_SIZE = 500;

/** A slice of those who are to be told, small enough for one SQS message. */
export interface Page {
  readonly news: News;
  readonly recipients: readonly Recipient[];
}

/**
 * The text of a page. A recipient is written as its connection's id and, if it is not told of all the quotes, their indexes:
 * `["TkJq1cKoIAMCJ8g=",0,2]`.
 */
export function writePage({ news, recipients }: Page): string {
  const tickers = news.action === "notice" ? [] : news.quotes.map(({ ticker }) => ticker);
  const rows = recipients.flatMap(({ connectionId, tickers: theirs }) => {
    if (!theirs || tickers.every((ticker) => theirs.has(ticker))) return [[connectionId]];
    const indexes = tickers.flatMap((ticker, index) => (theirs.has(ticker) ? [index] : []));
    // Nothing to tell, where no index at all would mean everything.
    return indexes.length === 0 ? [] : [[connectionId, ...indexes]];
  });
  // Two characters that JSON leaves as they are, but SQS refuses:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  return JSON.stringify({ news, recipients: rows }).replace(
    /[\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );
}

const quote = v.object({ ticker: v.string(), price: v.number(), version: v.number(), at: v.string() });
const basket = v.object({ name: v.string(), version: v.number(), tickers: v.array(v.string()) });

/** A page as it is written. */
export const pageSchema = v.object({
  news: v.variant("action", [
    v.object({
      action: v.literal("quotes"),
      baskets: v.exactOptional(v.array(basket)),
      quotes: v.array(quote),
    }),
    v.object({ action: v.literal("notice"), message: v.string() }),
  ]),
  recipients: v.array(v.tupleWithRest([v.string()], v.number())),
});

/** The page that was written so. */
export function readPage({ news, recipients }: v.InferOutput<typeof pageSchema>): Page {
  const quotes = news.action === "notice" ? [] : news.quotes;
  return {
    news,
    recipients: recipients.map(([connectionId, ...indexes]) => {
      if (indexes.length === 0) return { connectionId };
      return { connectionId, tickers: new Set(indexes.flatMap((index) => quotes[index]?.ticker ?? [])) };
    }),
  };
}
