/** Text and timing of announcements. Does not prove that the page has a live region: accessibility.browser.test.ts does. */
import { expect, test } from "vitest";
import { QuoteBoard } from "#client/quote-board.ts";
import { ManualClock } from "#emulator/clock.ts";
import { ANNOUNCE_INTERVAL_MS, Announcer } from "#page/announcer.ts";
import type { Ticker } from "#protocol/quote.ts";
import { quote } from "./feed.ts";

const HELLO = "Price changes are summarized here, at most every 10 s.";

function setUp(...tickers: string[]) {
  const clock = new ManualClock();
  const announced: string[] = [];
  const board = new QuoteBoard();
  board.setTickers(tickers as Ticker[]);
  const announcer = new Announcer(
    (text) => announced.push(text),
    (delayMs, action) => clock.after(delayMs, action),
  );
  let version = 0;
  const publish = (...prices: [string, number][]) => {
    version += 1;
    announcer.add(board.apply(prices.map(([ticker, cents]) => quote(ticker, cents, version))));
  };
  return { clock, announced, announcer, publish };
}

test("announces nothing while disabled", () => {
  const { clock, announced, announcer, publish } = setUp("AAPL");
  publish(["AAPL", 2400]);
  announcer.setEnabled(true);
  publish(["AAPL", 2410]);
  publish(["AAPL", 2420]);
  announcer.setEnabled(false);
  publish(["AAPL", 2430]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(announced).toStrictEqual([HELLO, "AAPL $24.10, up $0.10.", ""]);
});

test("summarizes the changes of ten seconds, each ticker once", () => {
  const { clock, announced, announcer, publish } = setUp("AAPL", "GOOG");
  announcer.setEnabled(true);
  publish(["AAPL", 2400], ["GOOG", 31_300]);
  publish(["AAPL", 2500]);
  publish(["AAPL", 2390], ["GOOG", 31_400]);
  clock.advance(ANNOUNCE_INTERVAL_MS - 1);
  expect(announced).toStrictEqual([HELLO, "AAPL $24.00. GOOG $313.00."]);
  clock.advance(1);
  expect(announced.slice(2)).toStrictEqual(["AAPL $23.90, down $0.10. GOOG $314.00, up $1.00."]);
});

test("announces a change at once after ten seconds without changes", () => {
  const { clock, announced, announcer, publish } = setUp("AAPL");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  publish(["AAPL", -5]);
  expect(announced.slice(2)).toStrictEqual(["AAPL −$0.05, down $24.05."]);
});

test("omits a price that returned to its previous value", () => {
  const { clock, announced, announcer, publish } = setUp("AAPL");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  publish(["AAPL", 2500]);
  publish(["AAPL", 2400]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(announced.slice(2)).toStrictEqual([]);
});

test("omits a removed ticker", () => {
  const { clock, announced, announcer, publish } = setUp("AAPL", "GOOG");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  publish(["GOOG", 31_300], ["AAPL", 2500]);
  announcer.discard("GOOG" as Ticker);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(announced.slice(2)).toStrictEqual(["AAPL $25.00, up $1.00."]);
});

test("announces at most every ten seconds, even when disabled and enabled in between", () => {
  const { clock, announced, announcer, publish } = setUp("AAPL");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  announcer.setEnabled(false);
  announcer.setEnabled(true);
  publish(["AAPL", 2500]);
  expect(announced.slice(2)).toStrictEqual(["", HELLO]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(announced.slice(4)).toStrictEqual(["AAPL $25.00, up $1.00."]);
});

test("lists five tickers and counts the others", () => {
  const tickers = ["A", "B", "C", "D", "E", "F", "G"];
  const { announced, announcer, publish } = setUp(...tickers);
  announcer.setEnabled(true);
  publish(...tickers.map((ticker): [string, number] => [ticker, 100]));
  expect(announced.slice(1)).toStrictEqual(["A $1.00. B $1.00. C $1.00. D $1.00. E $1.00. And 2 more."]);
});
