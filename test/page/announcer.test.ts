/** What is said, and when. Does not prove that a screen reader reads it out: accessibility.browser.test.ts has the live region. */
import { expect, test } from "vitest";
import { QuoteBoard } from "#client/quote-board.ts";
import { ManualClock } from "#emulator/clock.ts";
import { ANNOUNCE_INTERVAL_MS, Announcer } from "#page/announcer.ts";
import type { Ticker } from "#protocol/quote.ts";
import { quote } from "./feed.ts";

const HELLO = "Price changes are summarized here, at most every 10 s.";

function setUp(...tickers: string[]) {
  const clock = new ManualClock();
  const said: string[] = [];
  const board = new QuoteBoard();
  board.setTickers(tickers as Ticker[]);
  const announcer = new Announcer(
    (text) => said.push(text),
    (delayMs, action) => clock.after(delayMs, action),
  );
  let version = 0;
  const publish = (...prices: [string, number][]) => {
    version += 1;
    announcer.add(board.apply(prices.map(([ticker, cents]) => quote(ticker, cents, version))));
  };
  return { clock, said, announcer, publish };
}

test("says nothing until it is turned on, nor once it is turned off", () => {
  const { clock, said, announcer, publish } = setUp("AAPL");
  publish(["AAPL", 2400]);
  announcer.setEnabled(true);
  publish(["AAPL", 2410]);
  publish(["AAPL", 2420]);
  announcer.setEnabled(false);
  publish(["AAPL", 2430]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(said).toStrictEqual([HELLO, "AAPL $24.10, up $0.10.", ""]);
});

test("sums up what changes within ten seconds, each ticker once", () => {
  const { clock, said, announcer, publish } = setUp("AAPL", "GOOG");
  announcer.setEnabled(true);
  publish(["AAPL", 2400], ["GOOG", 31_300]);
  publish(["AAPL", 2500]);
  publish(["AAPL", 2390], ["GOOG", 31_400]);
  clock.advance(ANNOUNCE_INTERVAL_MS - 1);
  expect(said).toStrictEqual([HELLO, "AAPL $24.00. GOOG $313.00."]);
  clock.advance(1);
  expect(said.slice(2)).toStrictEqual(["AAPL $23.90, down $0.10. GOOG $314.00, up $1.00."]);
});

test("says a change at once when it was quiet for ten seconds", () => {
  const { clock, said, announcer, publish } = setUp("AAPL");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  publish(["AAPL", -5]);
  expect(said.slice(2)).toStrictEqual(["AAPL −$0.05, down $24.05."]);
});

test("says nothing of a price that is where it was", () => {
  const { clock, said, announcer, publish } = setUp("AAPL");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  publish(["AAPL", 2500]);
  publish(["AAPL", 2400]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(said.slice(2)).toStrictEqual([]);
});

test("says nothing of a ticker that was dropped", () => {
  const { clock, said, announcer, publish } = setUp("AAPL", "GOOG");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  publish(["GOOG", 31_300], ["AAPL", 2500]);
  announcer.discard("GOOG" as Ticker);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(said.slice(2)).toStrictEqual(["AAPL $25.00, up $1.00."]);
});

test("says no more often than every ten seconds, even when it is turned off and on in between", () => {
  const { clock, said, announcer, publish } = setUp("AAPL");
  announcer.setEnabled(true);
  publish(["AAPL", 2400]);
  announcer.setEnabled(false);
  announcer.setEnabled(true);
  publish(["AAPL", 2500]);
  expect(said.slice(2)).toStrictEqual(["", HELLO]);
  clock.advance(ANNOUNCE_INTERVAL_MS);
  expect(said.slice(4)).toStrictEqual(["AAPL $25.00, up $1.00."]);
});

test("names five tickers, and counts the others", () => {
  const tickers = ["A", "B", "C", "D", "E", "F", "G"];
  const { said, announcer, publish } = setUp(...tickers);
  announcer.setEnabled(true);
  publish(...tickers.map((ticker): [string, number] => [ticker, 100]));
  expect(said.slice(1)).toStrictEqual(["A $1.00. B $1.00. C $1.00. D $1.00. E $1.00. And 2 more."]);
});
