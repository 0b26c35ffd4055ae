import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { notice } from "#lambdas/delivery/messages.ts";
import { messageFor, type Recipient, type Update } from "#lambdas/delivery/news.ts";
import {
  pageSchema,
  RECIPIENTS_PER_BATCH,
  type RecipientBatch,
  readPage,
  writePage,
} from "#lambdas/delivery/page.ts";
import { MAX_NOTICE_LENGTH } from "#lambdas/publish/form.ts";
import { MAX_PRICES_PER_POST, MAX_TICKERS_PER_BASKET } from "#protocol/messages.ts";
import { wireQuote } from "#support/ports.ts";

/* Writing and reading recipient batches. Does not prove that SQS accepts them: its limits are taken from its documentation. */
const read = (text: string): RecipientBatch => readPage(v.parse(pageSchema, JSON.parse(text)));

/** The message for each recipient of a batch. */
const messagesOf = ({ news, recipients }: RecipientBatch) =>
  recipients.map((recipient) => messageFor(news, recipient));

test("a batch contains connection ids with the indexes of their quotes, and no index for all quotes", () => {
  const news: Update = { action: "quotes", quotes: [wireQuote("A"), wireQuote("B"), wireQuote("C")] };
  const recipients: Recipient[] = [
    { connectionId: "a=", tickers: new Set(["C", "A"]) },
    { connectionId: "b=" },
    { connectionId: "c=", tickers: new Set(["A", "B", "C", "OTHER"]) },
  ];
  expect(JSON.parse(writePage({ news, recipients }))).toEqual({
    news,
    recipients: [["a=", 0, 2], ["b="], ["c="]],
  });
});

const TICKERS = ["A", "B", "C", "D.E", "^F"];
const wire = fc.record({
  price: fc.maxSafeInteger(),
  version: fc.maxSafeNat(),
  at: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
});
const basket = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  version: fc.maxSafeNat(),
  tickers: fc.subarray(TICKERS),
});
const quotesUpdate: fc.Arbitrary<Update> = fc
  .tuple(fc.subarray(TICKERS), fc.array(wire, { minLength: 5, maxLength: 5 }), fc.array(basket))
  .map(([names, values, baskets]) => ({
    action: "quotes" as const,
    ...(baskets.length > 0 && { baskets }),
    quotes: names.flatMap((ticker, index) => (values[index] ? [{ ticker, ...values[index] }] : [])),
  }));
const update = fc.oneof(
  quotesUpdate,
  fc.string({ unit: "binary" }).map((message) => notice(message)),
);
/** Every recipient watches some of the tickers, or all. */
const batch: fc.Arbitrary<RecipientBatch> = update.chain((its) => {
  const names = its.action === "notice" ? [] : its.quotes.map(({ ticker }) => ticker);
  const connectionId = fc.stringMatching(/^[A-Za-z0-9+/_-]{1,20}=$/);
  const everything = fc.record({ connectionId });
  const part = fc.record({
    connectionId,
    tickers: fc.subarray(names, { minLength: Math.min(1, names.length) }).map((of) => new Set(of)),
  });
  const recipients = fc.array(names.length > 0 ? fc.oneof(everything, part) : everything);
  return recipients.map((list) => ({ news: its, recipients: list }));
});

test("a batch that was written and read gives the same messages", () => {
  fc.assert(
    fc.property(batch, (written) => {
      const readBack = read(writePage(written));
      expect(readBack.news).toEqual(written.news);
      expect(messagesOf(readBack)).toEqual(messagesOf(written));
    }),
    { numRuns: 300 },
  );
});

/** The limit of SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_MESSAGE_BYTES = 1024 * 1024;

const longTicker = (n: number) => String(n).padStart(32, "A");
const longest = Array.from({ length: MAX_PRICES_PER_POST }, (_, n) => ({
  ticker: longTicker(n),
  price: -999_999_999_999_999,
  version: Number.MAX_SAFE_INTEGER,
  at: "2026-11-21T01:02:03.456Z",
}));
const longestBasket = {
  name: "x".repeat(64),
  version: Number.MAX_SAFE_INTEGER,
  tickers: Array.from({ length: MAX_TICKERS_PER_BASKET }, (_, n) => longTicker(n)),
};
/** All but the first: written as 99 indexes, the maximum of a recipient. */
const most = new Set(longest.slice(1).map(({ ticker }) => ticker));

test.each<[string, Update]>([
  ["of prices and a basket", { action: "quotes", baskets: [longestBasket], quotes: longest }],
  // A control character takes six characters in JSON, and the SQS client escapes them once more.
  ["of a notice", notice("\u0001".repeat(MAX_NOTICE_LENGTH))],
])("the largest batch %s fits into one SQS message", (_what, its) => {
  const recipients = Array.from({ length: RECIPIENTS_PER_BATCH }, (_, n) => ({
    connectionId: `${n}`.padStart(128, "x"),
    tickers: most,
  }));
  const text = writePage({ news: its, recipients });
  expect(Buffer.byteLength(text)).toBeLessThan(MAX_MESSAGE_BYTES);
  expect(messagesOf(read(text))).toEqual(messagesOf({ news: its, recipients }));
});

test.each([
  {},
  { news: { action: "quotes", quotes: [] } },
  { news: { action: "pong", name: "x" }, recipients: [] },
  { news: { action: "notice" }, recipients: [] },
  { news: { action: "notice", message: "x" }, recipients: [[]] },
  { news: { action: "notice", message: "x" }, recipients: [["a=", "b="]] },
  { news: { action: "quotes", quotes: [{ ticker: "A", price: 1 }] }, recipients: [["a="]] },
])("the schema rejects %j", (text) => {
  expect(v.is(pageSchema, text)).toBe(false);
});

test("a recipient that watches none of the quotes is omitted from the batch", () => {
  const its: Update = { action: "quotes", quotes: [wireQuote("A")] };
  const recipients = [{ connectionId: "a=", tickers: new Set(["B"]) }, { connectionId: "b=" }];
  expect(JSON.parse(writePage({ news: its, recipients })).recipients).toEqual([["b="]]);
});

test("a batch escapes characters that SQS rejects, and reads back the same", () => {
  const its = notice("a\uFFFE\uFFFF\u0000b");
  const text = writePage({ news: its, recipients: [{ connectionId: "a=" }] });
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(read(text).news).toEqual(its);
});

test("a batch keeps which recipients are unverified", () => {
  const its: Update = { action: "quotes", quotes: [wireQuote("A")] };
  const recipients = [{ connectionId: "a=" }, { connectionId: "b=", isUnverified: true }];
  expect(read(writePage({ news: its, recipients })).recipients).toEqual(recipients);
});

test("readPage ignores an index that is out of range", () => {
  const text = JSON.stringify({
    news: { action: "quotes", quotes: [wireQuote("A")] },
    recipients: [["a=", 0, 7]],
  });
  expect(read(text).recipients).toEqual([{ connectionId: "a=", tickers: new Set(["A"]) }]);
});
