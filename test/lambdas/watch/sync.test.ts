import { describe, expect, test } from "vitest";
import type { Watched } from "#lambdas/graph/subscriptions.ts";
import { parseMessage } from "#lambdas/watch/message.ts";
import { newerThan } from "#lambdas/watch/sync.ts";
import { quote, tickers, wireQuote } from "#support/ports.ts";

const ALONE: Watched = {
  tickers: tickers("A"),
  baskets: [
    { name: "one", version: 2, tickers: tickers("B", "C") },
    { name: "two", version: 3, tickers: tickers("D") },
  ],
  quotes: [quote("A", 7), quote("B", 4), quote("C", 5), quote("D", 6)],
};
const OF_ANN: Watched = { ...ALONE, user: { id: "Ann", version: 9 } };

/** The answer to a `sync` message with these fields. */
function sync(watched: Watched, fields: object = {}) {
  const parsed = parseMessage("sync", JSON.stringify({ action: "sync", ...fields }));
  if (!parsed.ok || parsed.request.action !== "sync") throw new Error("Expected a sync request.");
  const { action, "connection-id": connectionId, ...answer } = newerThan(parsed.request.held, "a=", watched);
  expect([action, connectionId]).toEqual(["quotes", "a="]);
  return answer;
}

const tickersOf = ({ quotes }: { readonly quotes: readonly { readonly ticker: string }[] }) =>
  quotes.map(({ ticker }) => ticker);

describe("quotes of the answer to a sync", () => {
  test("are all for a client that holds none", () => {
    expect(tickersOf(sync(ALONE))).toEqual(["A", "B", "C", "D"]);
  });

  test("are those with a higher version than the client holds, and those that it does not hold", () => {
    expect(sync(ALONE, { quotes: { A: 7, B: 3, C: 6 } }).quotes).toEqual([
      wireQuote("B", 4),
      wireQuote("D", 6),
    ]);
  });

  test.each<[object, readonly string[]]>([
    [{ after: "A" }, ["B", "C", "D"]],
    [{ until: "B" }, ["A", "B"]],
    [{ after: "A", until: "C" }, ["B", "C"]],
    [{ after: "D" }, []],
  ])("are within the range %j", (range, expected) => {
    expect(tickersOf(sync(ALONE, range))).toEqual(expected);
  });

  test("of a ticker named like a property of every object are not taken for held", () => {
    const watched = { ...ALONE, quotes: [quote("CONSTRUCTOR", 1)] };
    expect(tickersOf(sync(watched))).toEqual(["CONSTRUCTOR"]);
  });
});

describe("the list in the answer to a sync", () => {
  const whole = {
    watching: ["A"],
    baskets: [
      { name: "one", version: 2, tickers: ["B", "C"] },
      { name: "two", version: 3, tickers: ["D"] },
    ],
  };

  test("is present with all baskets for a connection without a user, whatever it holds", () => {
    expect(sync(ALONE, { baskets: { one: 2, two: 3 } })).toMatchObject(whole);
  });

  test.each([
    {},
    { user: { id: "Ann", version: 8 } },
    { user: { id: "Ann", version: 10 } },
    { user: { id: "Bob", version: 9 } },
  ])("is present with all baskets when the client holds another list than the stored one: %j", (held) => {
    expect(sync(OF_ANN, { ...held, baskets: { one: 2, two: 3 } })).toMatchObject({
      ...whole,
      user: { id: "Ann", version: 9 },
    });
  });

  test("is absent when the client holds the stored version, and only changed baskets are present", () => {
    const answer = sync(OF_ANN, { user: { id: "Ann", version: 9 }, baskets: { one: 1, two: 3 } });
    expect(answer).not.toHaveProperty("watching");
    expect(answer).not.toHaveProperty("user");
    expect(answer.baskets).toEqual([whole.baskets[0]]);
  });

  test("is absent with the baskets when the client holds the stored version of all of them", () => {
    const answer = sync(OF_ANN, { user: { id: "Ann", version: 9 }, baskets: { one: 2, two: 3 } });
    expect(Object.keys(answer)).toEqual(["quotes"]);
  });
});
