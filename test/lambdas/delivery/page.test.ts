import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { notice } from "#lambdas/delivery/messages.ts";
import { messageFor, type Recipient, type Update } from "#lambdas/delivery/news.ts";
import { PAGE_SIZE, pageSchema, type RecipientBatch, readPage, writePage } from "#lambdas/delivery/page.ts";
import { MAX_NOTICE_LENGTH } from "#lambdas/publish/form.ts";
import { MAX_PRICES_PER_POST, MAX_TICKERS_PER_BASKET } from "#protocol/messages.ts";
import { wireQuote } from "#support/ports.ts";

/*
 * A page is written by one function and read by another, of another time maybe. Does not prove that SQS takes it: its limits
 * are of its documentation.
 */
const read = (text: string): RecipientBatch => readPage(v.parse(pageSchema, JSON.parse(text)));

/** What each recipient of a page is told. */
const told = ({ news, recipients }: RecipientBatch) =>
  recipients.map((recipient) => messageFor(news, recipient));

test("a page is written as ids with the indexes of their quotes, none for all", () => {
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
const quotesNews: fc.Arbitrary<Update> = fc
  .tuple(fc.subarray(TICKERS), fc.array(wire, { minLength: 5, maxLength: 5 }), fc.array(basket))
  .map(([names, values, baskets]) => ({
    action: "quotes" as const,
    ...(baskets.length > 0 && { baskets }),
    quotes: names.flatMap((ticker, index) => (values[index] ? [{ ticker, ...values[index] }] : [])),
  }));
const news = fc.oneof(
  quotesNews,
  fc.string({ unit: "binary" }).map((message) => notice(message)),
);
/** Every recipient watches one of the news' tickers, or all. */
const page: fc.Arbitrary<RecipientBatch> = news.chain((its) => {
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

test("everybody is told the same by a page that was read as by the one that was written", () => {
  fc.assert(
    fc.property(page, (written) => {
      const readBack = read(writePage(written));
      expect(readBack.news).toEqual(written.news);
      expect(told(readBack)).toEqual(told(written));
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
/** All but the first: written as 99 indexes, more than which no recipient has. */
const most = new Set(longest.slice(1).map(({ ticker }) => ticker));

test.each<[string, Update]>([
  ["of prices and a basket", { action: "quotes", baskets: [longestBasket], quotes: longest }],
  // A control character is six characters of JSON, and they are escaped once more by the client of SQS.
  ["of a notice", notice("\u0001".repeat(MAX_NOTICE_LENGTH))],
])("the largest page %s fits into one message of SQS", (_what, its) => {
  const recipients = Array.from({ length: PAGE_SIZE }, (_, n) => ({
    connectionId: `${n}`.padStart(128, "x"),
    tickers: most,
  }));
  const text = writePage({ news: its, recipients });
  expect(Buffer.byteLength(text)).toBeLessThan(MAX_MESSAGE_BYTES);
  expect(told(read(text))).toEqual(told({ news: its, recipients }));
});

test.each([
  {},
  { news: { action: "quotes", quotes: [] } },
  { news: { action: "pong", name: "x" }, recipients: [] },
  { news: { action: "notice" }, recipients: [] },
  { news: { action: "notice", message: "x" }, recipients: [[]] },
  { news: { action: "notice", message: "x" }, recipients: [["a=", "b="]] },
  { news: { action: "quotes", quotes: [{ ticker: "A", price: 1 }] }, recipients: [["a="]] },
])("%j is no page", (text) => {
  expect(v.is(pageSchema, text)).toBe(false);
});

test("whoever watches none of the quotes is left out: no index at all would mean all of them", () => {
  const its: Update = { action: "quotes", quotes: [wireQuote("A")] };
  const recipients = [{ connectionId: "a=", tickers: new Set(["B"]) }, { connectionId: "b=" }];
  expect(JSON.parse(writePage({ news: its, recipients })).recipients).toEqual([["b="]]);
});

test("a page has no character that SQS refuses, and says the same", () => {
  const its = notice("a\uFFFE\uFFFF\u0000b");
  const text = writePage({ news: its, recipients: [{ connectionId: "a=" }] });
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(read(text).news).toEqual(its);
});

test("a page keeps which recipients the graph did not name", () => {
  const its: Update = { action: "quotes", quotes: [wireQuote("A")] };
  const recipients = [{ connectionId: "a=" }, { connectionId: "b=", isUnverified: true }];
  expect(read(writePage({ news: its, recipients })).recipients).toEqual(recipients);
});

test("an index that leads nowhere is passed over", () => {
  const text = JSON.stringify({
    news: { action: "quotes", quotes: [wireQuote("A")] },
    recipients: [["a=", 0, 7]],
  });
  expect(read(text).recipients).toEqual([{ connectionId: "a=", tickers: new Set(["A"]) }]);
});
