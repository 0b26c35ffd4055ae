import * as v from "valibot";
import type { Recipient, Update } from "./news.ts";

/**
 * Recipients per batch. `notify` delivers it in less than a second, so that a retry is cheap, and ten batches of some 20 KB fit
 * into one SQS request.
 */
export const RECIPIENTS_PER_BATCH = 500;

/** An update and some of its recipients, small enough for one SQS message. */
export interface RecipientBatch {
  readonly news: Update;
  readonly recipients: readonly Recipient[];
}

/**
 * The JSON text of a batch. A recipient is its connection id, followed by the indexes of its quotes unless it gets all of them:
 * `["TkJq1cKoIAMCJ8g=",0,2]`. Unverified ids are in a separate list.
 */
export function writePage({ news, recipients }: RecipientBatch): string {
  const tickers = news.action === "notice" ? [] : news.quotes.map(({ ticker }) => ticker);
  const unverified = recipients.filter((recipient) => recipient.isUnverified).map((it) => it.connectionId);
  const verified = recipients.filter(({ isUnverified }) => !isUnverified);
  const rows = verified.flatMap(({ connectionId, tickers: wanted }) => {
    if (!wanted || tickers.every((ticker) => wanted.has(ticker))) return [[connectionId]];
    const indexes = tickers.flatMap((ticker, index) => (wanted.has(ticker) ? [index] : []));
    // A row without an index means all quotes, so a recipient without quotes is omitted.
    return indexes.length === 0 ? [] : [[connectionId, ...indexes]];
  });
  // JSON.stringify does not escape these two characters, and SQS rejects them:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  return JSON.stringify({ news, recipients: rows, ...(unverified.length > 0 && { unverified }) }).replace(
    /[\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );
}

const quote = v.object({ ticker: v.string(), price: v.number(), version: v.number(), at: v.string() });
const basket = v.object({ name: v.string(), version: v.number(), tickers: v.array(v.string()) });

/** The schema of {@link writePage}. */
export const pageSchema = v.object({
  news: v.variant("action", [
    v.object({
      action: v.literal("quotes"),
      baskets: v.exactOptional(v.array(basket)),
      quotes: v.array(quote),
    }),
    v.object({ action: v.literal("notice"), message: v.string() }),
  ]),
  // Limited: a larger batch would delay the other messages of the SQS batch.
  recipients: v.pipe(v.array(v.tupleWithRest([v.string()], v.number())), v.maxLength(RECIPIENTS_PER_BATCH)),
  /** Ids from the form of a publisher; each gets all quotes. */
  unverified: v.exactOptional(v.pipe(v.array(v.string()), v.maxLength(RECIPIENTS_PER_BATCH))),
});

/** The batch that {@link writePage} serialized. An index out of range is ignored. */
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
