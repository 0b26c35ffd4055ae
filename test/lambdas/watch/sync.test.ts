import { describe, expect, test } from "vitest";
import type { Watched } from "#lambdas/graph/subscriptions.ts";
import { parseMessage } from "#lambdas/watch/message.ts";
import { buildSyncResponse } from "#lambdas/watch/sync.ts";
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

/** The response to a `sync` message with these fields. */
function sync(watched: Watched, fields: object = {}) {
  const parsed = parseMessage("sync", JSON.stringify({ action: "sync", ...fields }));
  if (!parsed.ok || parsed.request.action !== "sync") throw new Error("Expected a sync request.");
  const {
    action,
    "connection-id": connectionId,
    ...answer
  } = buildSyncResponse(parsed.request.held, "a=", watched);
  expect([action, connectionId]).toEqual(["quotes", "a="]);
  return answer;
}

const tickersOf = ({ quotes }: { readonly quotes: readonly { readonly ticker: string }[] }) =>
  quotes.map(({ ticker }) => ticker);

describe("quotes of a sync response", () => {
  test("a sync response contains all quotes for a client that holds none", () => {
    expect(tickersOf(sync(ALONE))).toEqual(["A", "B", "C", "D"]);
  });

  test("a sync response contains the quotes that are newer than the held ones or not held", () => {
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
  ])("a sync response contains only quotes within the range %j", (range, expected) => {
    expect(tickersOf(sync(ALONE, range))).toEqual(expected);
  });

  test("a sync response contains the quote of a ticker named like an Object property", () => {
    const watched = { ...ALONE, quotes: [quote("CONSTRUCTOR", 1)] };
    expect(tickersOf(sync(watched))).toEqual(["CONSTRUCTOR"]);
  });
});

describe("list of a sync response", () => {
  const whole = {
    watching: ["A"],
    baskets: [
      { name: "one", version: 2, tickers: ["B", "C"] },
      { name: "two", version: 3, tickers: ["D"] },
    ],
  };

  test("a sync response contains the whole list for a connection without a user", () => {
    expect(sync(ALONE, { baskets: { one: 2, two: 3 } })).toMatchObject(whole);
  });

  test.each([
    {},
    { user: { id: "Ann", version: 8 } },
    { user: { id: "Ann", version: 10 } },
    { user: { id: "Bob", version: 9 } },
  ])("a sync response contains the whole list when the client holds another one: %j", (held) => {
    expect(sync(OF_ANN, { ...held, baskets: { one: 2, two: 3 } })).toMatchObject({
      ...whole,
      user: { id: "Ann", version: 9 },
    });
  });

  test("a sync response contains only changed baskets when the client holds the stored list", () => {
    const answer = sync(OF_ANN, { user: { id: "Ann", version: 9 }, baskets: { one: 1, two: 3 } });
    expect(answer).not.toHaveProperty("watching");
    expect(answer).not.toHaveProperty("user");
    expect(answer.baskets).toEqual([whole.baskets[0]]);
  });

  test("a sync response contains no list and no baskets when the client holds the stored versions", () => {
    const answer = sync(OF_ANN, { user: { id: "Ann", version: 9 }, baskets: { one: 2, two: 3 } });
    expect(Object.keys(answer)).toEqual(["quotes"]);
  });
});
