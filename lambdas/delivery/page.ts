import * as v from "valibot";
import type { Recipient, Update } from "./news.ts";

/**
 * Recipients a page: what `notify` tells in well under a second, so that a page which has to be told again costs little, and
 * some 20 KB, so that ten pages fit into one request to SQS many times over.
 */
export const PAGE_SIZE = 500;

/** A slice of those who are to be told, small enough for one SQS message. */
export interface RecipientBatch {
  readonly news: Update;
  readonly recipients: readonly Recipient[];
}

/**
 * The text of a page. A recipient is written as its connection's id and, if it is not told of all the quotes, their indexes:
 * `["TkJq1cKoIAMCJ8g=",0,2]`. Those whose ids the graph did not name are in a list of their own.
 */
export function writePage({ news, recipients }: RecipientBatch): string {
  const tickers = news.action === "notice" ? [] : news.quotes.map(({ ticker }) => ticker);
  const unverified = recipients.flatMap((each) => (each.isUnverified ? [each.connectionId] : []));
  const verified = recipients.filter(({ isUnverified }) => !isUnverified);
  const rows = verified.flatMap(({ connectionId, tickers: theirs }) => {
    if (!theirs || tickers.every((ticker) => theirs.has(ticker))) return [[connectionId]];
    const indexes = tickers.flatMap((ticker, index) => (theirs.has(ticker) ? [index] : []));
    // Nothing to tell, where no index at all would mean everything.
    return indexes.length === 0 ? [] : [[connectionId, ...indexes]];
  });
  // Two characters that JSON leaves as they are, but SQS refuses:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  return JSON.stringify({ news, recipients: rows, ...(unverified.length > 0 && { unverified }) }).replace(
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
  // More are no page of ours, and would hold up all other messages of the batch.
  recipients: v.pipe(v.array(v.tupleWithRest([v.string()], v.number())), v.maxLength(PAGE_SIZE)),
  /** Ids of recipients that a publisher named; each gets all quotes. */
  unverified: v.exactOptional(v.pipe(v.array(v.string()), v.maxLength(PAGE_SIZE))),
});

/** The page that was written so. */
export function readPage({
  news,
  recipients,
  unverified = [],
}: v.InferOutput<typeof pageSchema>): RecipientBatch {
  const quotes = news.action === "notice" ? [] : news.quotes;
  const verified = recipients.map(([connectionId, ...indexes]) => {
    if (indexes.length === 0) return { connectionId };
    return { connectionId, tickers: new Set(indexes.flatMap((index) => quotes[index]?.ticker ?? [])) };
  });
  const others = unverified.map((connectionId) => ({ connectionId, isUnverified: true }));
  return { news, recipients: [...verified, ...others] };
}
