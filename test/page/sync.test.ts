/**
 * When a client sends `sync`, on a manual clock, with the client of `ticker watch`. Does not prove that the service
 * answers like this: test/flows does.
 */
import { expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { OwnListRequests } from "#client/own-list-requests.ts";
import { UserListRequests } from "#client/user-list-requests.ts";
import { WatchList } from "#client/watch-list.ts";
import {
  ANSWER_TIMEOUT_MS,
  BASKET_SYNC_DELAY_MS,
  LIST_SYNC_DELAY_MS,
  SYNC_INTERVAL_MS,
  WatchSession,
} from "#client/watch-session.ts";
import { ManualClock } from "#emulator/clock.ts";
import { LiveQuotes } from "#operator/live-quotes.ts";
import type { ClientMessage, QuotesMessage, WireBasket } from "#protocol/messages.ts";
import { quote } from "./feed.ts";

/** Random numbers are always 0.5. */
const LIST_DELAY_MS = (LIST_SYNC_DELAY_MS.from + LIST_SYNC_DELAY_MS.to) / 2;
const BASKET_DELAY_MS = (BASKET_SYNC_DELAY_MS.from + BASKET_SYNC_DELAY_MS.to) / 2;
const KEEP_ALIVE_MS = 0.875 * SYNC_INTERVAL_MS;

const basket = (version: number, ...tickers: string[]): WireBasket => ({ name: "FAANG", version, tickers });

/** The `sync` of user003 with this version of the list. */
const syncOf = (version: number, quotes: Record<string, number>, baskets?: Record<string, number>) => ({
  action: "sync",
  quotes,
  ...(baskets && { baskets }),
  user: { id: "user003", version },
});

/** A hidden client of user003 with this answer to its attachment. */
function setUp(first: Partial<QuotesMessage> = {}) {
  const clock = new ManualClock();
  const list = new WatchList("user003");
  const quotes = new LiveQuotes(list);
  const requests = new UserListRequests({ action: "user", id: "user003" }, () => {});
  const sent: (ClientMessage & { readonly request?: string })[] = [];
  let last: string | undefined;
  const states: string[] = [];
  const session = new WatchSession({
    send(text) {
      const message = JSON.parse(text);
      last = message.request;
      sent.push(message);
    },
    requests,
    holdings: () => quotes.holdings,
    isVisible: false,
    after: (delayMs, action) => clock.after(delayMs, action),
    random: () => 0.5,
    onSettled: () => states.push("settled"),
    onUnanswered: () => states.push("unanswered"),
    onSilent: () => states.push("silent"),
    onRejection: (message) => states.push(message),
    onGiveUp: () => states.push("gave up"),
  });
  const receive = (fields: Partial<QuotesMessage>) => {
    const message: QuotesMessage = { action: "quotes", "connection-id": "a=", quotes: [], ...fields };
    quotes.take(message);
    session.recordActivity();
    session.receive(message);
  };
  /** Answers the last request. */
  const answer = (fields: Partial<QuotesMessage>) =>
    receive({ ...(last !== undefined && { request: last }), ...fields });
  /** Adds entries to the user's list at this client. */
  const watch = (...names: string[]) => {
    requests.watch(names as Entry[]);
    session.sendNext();
  };
  const unwatch = (name: string) => {
    requests.unwatch(name as Entry);
    session.sendNext();
  };
  /** The messages sent since the last call, without request ids. */
  const taken = () => sent.splice(0).map(({ request: _, ...message }) => message);
  answer({ ...listAt(1, "AAPL"), quotes: [quote("AAPL", 2400, 7)], ...first });
  sent.splice(0);
  states.splice(0);
  return { clock, list, quotes, session, sent, states, receive, answer, watch, unwatch, taken };
}

const listAt = (version: number, ...watching: string[]) => ({
  watching,
  user: { id: "user003", version },
});

test("sends its versions at each keep-alive and is settled only after the answer", () => {
  const { clock, states, answer, taken } = setUp({ baskets: [basket(5, "AAPL", "META")] });
  clock.advance(KEEP_ALIVE_MS - 1);
  expect(taken()).toStrictEqual([]);
  clock.advance(1);
  expect([taken(), states]).toStrictEqual([[syncOf(1, { AAPL: 7 }, { FAANG: 5 })], []]);
  clock.advance(ANSWER_TIMEOUT_MS);
  expect([taken(), states]).toStrictEqual([[syncOf(1, { AAPL: 7 }, { FAANG: 5 })], ["unanswered"]]);
  answer({});
  expect([taken(), states]).toStrictEqual([[], ["unanswered", "settled"]]);
});

test("applies the prices, baskets and list of a sync answer", () => {
  const { clock, quotes, list, sent, states, answer } = setUp({ baskets: [basket(5, "AAPL")] });
  clock.advance(KEEP_ALIVE_MS);
  const changes = { ...listAt(9, "MSFT"), baskets: [basket(6, "AAPL", "META")] };
  states.splice(0);
  answer({ ...changes, quotes: [quote("AAPL", 2500, 8), quote("META", 100, 1), quote("MSFT", 1, 1)] });
  expect(quotes.rows.map(({ ticker, price }) => [ticker, price?.cents])).toStrictEqual([
    ["MSFT", 1],
    ["AAPL", 2500],
    ["META", 100],
  ]);
  expect([list.entries, sent.length, states]).toStrictEqual([["MSFT", "@FAANG"], 1, ["settled"]]);
});

test("repeats an unanswered sync with a new request id and the current versions", () => {
  const { clock, sent, receive, answer, taken } = setUp();
  clock.advance(KEEP_ALIVE_MS);
  receive({ quotes: [quote("AAPL", 2500, 8)] });
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(new Set(sent.map(({ request }) => request)).size).toBe(2);
  expect(taken()).toStrictEqual([syncOf(1, { AAPL: 7 }), syncOf(1, { AAPL: 8 })]);
  answer({});
});

test("syncs when an answer adds a row without a quote that was not requested", () => {
  // Another tab added X, and its delivery was lost.
  const { clock, quotes, watch, answer, taken } = setUp();
  watch("Y");
  answer({ ...listAt(3, "AAPL", "X", "Y"), quotes: [quote("Y", 1, 1)] });
  expect(taken()).toStrictEqual([{ action: "watch", tickers: ["Y"] }]);
  clock.advance(LIST_DELAY_MS);
  expect(taken()).toStrictEqual([syncOf(3, { AAPL: 7, Y: 1 })]);
  answer({ quotes: [quote("X", 5, 1)] });
  expect(quotes.rows.map(({ price }) => price?.cents)).toStrictEqual([2400, 5, 1]);
});

test("does not sync for a requested row without a quote, since the answer confirms that it has no price", () => {
  const { clock, watch, answer, taken } = setUp();
  watch("Y", "@FAANG");
  answer({ ...listAt(3, "AAPL", "Y"), baskets: [basket(1, "META")] });
  taken();
  clock.advance(BASKET_SYNC_DELAY_MS.to);
  expect(taken()).toStrictEqual([]);
});

test("does not sync for rows without a price in the answer to its attachment", () => {
  const { clock, taken } = setUp({ ...listAt(1, "AAPL", "NEW"), baskets: [basket(1, "META")] });
  clock.advance(BASKET_SYNC_DELAY_MS.to);
  expect(taken()).toStrictEqual([]);
});

test("syncs once each time a row without a price is added", () => {
  const { clock, unwatch, watch, answer, taken } = setUp();
  watch("Y");
  answer(listAt(3, "AAPL", "X", "Y"));
  clock.advance(LIST_DELAY_MS);
  answer({});
  taken();
  watch("Z");
  answer(listAt(4, "AAPL", "X", "Y", "Z"));
  clock.advance(LIST_DELAY_MS);
  expect(taken()).toStrictEqual([{ action: "watch", tickers: ["Z"] }]);
  unwatch("Z");
  answer(listAt(5, "AAPL", "Y"));
  watch("W");
  answer(listAt(6, "AAPL", "W", "X", "Y"));
  taken();
  clock.advance(LIST_DELAY_MS);
  expect(taken()).toStrictEqual([syncOf(6, { AAPL: 7 })]);
});

test("syncs again for a row that was added while a sync was in flight", () => {
  const { clock, receive, answer, taken } = setUp();
  clock.advance(KEEP_ALIVE_MS);
  taken();
  receive({ baskets: [], ...listAt(2, "AAPL", "X") });
  clock.advance(LIST_DELAY_MS);
  answer({});
  expect(taken()).toStrictEqual([syncOf(2, { AAPL: 7 })]);
});

test("syncs shortly after an unrequested list, even if every row has a quote", () => {
  const { clock, receive, answer, taken } = setUp();
  receive({ ...listAt(2, "AAPL", "X"), quotes: [quote("X", 1, 1)] });
  clock.advance(LIST_DELAY_MS - 1);
  expect(taken()).toStrictEqual([]);
  clock.advance(1);
  expect(taken()).toStrictEqual([syncOf(2, { AAPL: 7, X: 1 })]);
  answer({});
  expect(taken()).toStrictEqual([]);
});

test("syncs once for a burst of lists", () => {
  const { clock, receive, answer, taken } = setUp();
  for (let version = 2; version <= 9; version += 1) receive(listAt(version, "AAPL"));
  clock.advance(LIST_DELAY_MS);
  answer({});
  clock.advance(LIST_DELAY_MS);
  expect(taken()).toStrictEqual([syncOf(9, { AAPL: 7 })]);
});

test("does not sync after a list in a sync answer", () => {
  const { clock, answer, taken } = setUp();
  clock.advance(KEEP_ALIVE_MS);
  answer({ ...listAt(2, "AAPL", "NEW") });
  taken();
  clock.advance(LIST_DELAY_MS);
  expect(taken()).toStrictEqual([]);
});

test("does not sync after a basket change that contains all prices", () => {
  const { clock, receive, taken } = setUp({ baskets: [basket(1, "META")], quotes: [quote("META", 1, 1)] });
  taken();
  receive({ baskets: [basket(2, "META", "NFLX")], quotes: [quote("NFLX", 1, 1)] });
  clock.advance(BASKET_SYNC_DELAY_MS.to);
  expect(taken()).toStrictEqual([]);
});

test("syncs some seconds after a basket change that leaves a row without a quote", () => {
  const { clock, receive, taken } = setUp({ baskets: [basket(1, "META")], quotes: [quote("META", 1, 1)] });
  receive({ baskets: [basket(2, "META", "NFLX")] });
  clock.advance(BASKET_DELAY_MS - 1);
  expect(taken()).toStrictEqual([]);
  clock.advance(1);
  expect(taken()).toStrictEqual([syncOf(1, { META: 1 }, { FAANG: 2 })]);
});

test("does not sync for a row whose quote arrives in the meantime", () => {
  const { clock, receive, taken } = setUp({ baskets: [basket(1, "META")], quotes: [quote("META", 1, 1)] });
  receive({ baskets: [basket(2, "META", "NFLX")] });
  receive({ quotes: [quote("NFLX", 1, 1)] });
  clock.advance(BASKET_SYNC_DELAY_MS.to);
  expect(taken()).toStrictEqual([]);
});

test("ignores an older quote, list and basket of a sync answer", () => {
  const { clock, list, quotes, receive, answer } = setUp({ baskets: [basket(5, "AAPL")] });
  clock.advance(KEEP_ALIVE_MS);
  const newer = { ...listAt(9, "AAPL"), baskets: [basket(9, "AAPL", "X")] };
  receive({ ...newer, quotes: [quote("AAPL", 9, 9), quote("X", 9, 9)] });
  answer({ ...listAt(8, "OLD"), baskets: [basket(8)], quotes: [quote("AAPL", 8, 8), quote("X", 8, 8)] });
  expect(quotes.rows.map(({ ticker, price }) => [ticker, price?.cents])).toStrictEqual([
    ["AAPL", 9],
    ["X", 9],
  ]);
  expect(list.entries).toStrictEqual(["AAPL", "@FAANG"]);
});

test("splits a sync of more than 500 tickers into consecutive ranges", () => {
  const names = Array.from({ length: 480 }, (_, i) => `A${String(i).padStart(3, "0")}`);
  const included = Array.from({ length: 100 }, (_, i) => `B${String(i).padStart(3, "0")}`);
  const all = [...names, ...included];
  const { clock, states, answer, taken } = setUp({
    ...listAt(1, ...names),
    baskets: [basket(5, ...included)],
    quotes: all.map((name) => quote(name, 1, 7)),
  });
  clock.advance(KEEP_ALIVE_MS);
  const versions = (held: readonly string[]) => Object.fromEntries(held.map((name) => [name, 7]));
  const [first, second] = [all.slice(0, 500), all.slice(500)];
  expect(taken()).toStrictEqual([{ ...syncOf(1, versions(first), { FAANG: 5 }), until: "B019" }]);
  answer({});
  expect([taken(), states]).toStrictEqual([
    [{ ...syncOf(1, versions(second), { FAANG: 5 }), after: "B019" }],
    [],
  ]);
  answer({ quotes: [quote("B050", 2, 8)] });
  expect([taken(), states]).toStrictEqual([[], ["settled"]]);
});

test("attaches again when the service answers with a list of another user", () => {
  const { clock, answer, taken } = setUp();
  clock.advance(KEEP_ALIVE_MS);
  taken();
  answer({ watching: [] });
  expect(taken()).toStrictEqual([{ action: "user", id: "user003" }]);
  answer(listAt(2, "AAPL"));
  expect(taken()).toStrictEqual([]);
});

test("watches an entry again that is missing in a sync answer", () => {
  const clock = new ManualClock();
  const requests = new OwnListRequests();
  requests.watch(["AAPL", "GOOG"] as Entry[]);
  const list = new WatchList();
  list.add(["AAPL", "GOOG"] as Entry[]);
  const quotes = new LiveQuotes(list);
  const sent: string[] = [];
  const session = new WatchSession({
    send: (text) => sent.push(text),
    requests,
    holdings: () => quotes.holdings,
    isVisible: false,
    after: (delayMs, action) => clock.after(delayMs, action),
    random: () => 0.5,
    onSettled() {},
    onUnanswered() {},
    onSilent() {},
    onRejection() {},
    onGiveUp() {},
  });
  const answer = (request: string, ...watched: string[]) => {
    const message: QuotesMessage = {
      action: "quotes",
      "connection-id": "a=",
      request,
      watching: watched,
      quotes: [],
    };
    quotes.take(message);
    session.receive(message);
  };
  answer("1", "AAPL", "GOOG");
  clock.advance(KEEP_ALIVE_MS);
  answer("2", "GOOG");
  expect(sent.slice(1).map((text) => JSON.parse(text))).toStrictEqual([
    { action: "sync", quotes: {}, request: "2" },
    { action: "watch", tickers: ["AAPL"], request: "3" },
  ]);
});
