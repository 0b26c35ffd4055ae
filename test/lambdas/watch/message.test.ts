import { describe, expect, test } from "vitest";
import { parseMessage } from "#lambdas/watch/message.ts";
import { TICKERS, USER_IDS } from "#support/identities.ts";

/* Parsing of WebSocket messages. Handling of requests is tested in watch.test.ts. */
const tickers = (count: number) => Array.from({ length: count }, (_, n) => `T${n}`);
const baskets = (count: number) => Array.from({ length: count }, (_, n) => `basket-${n}`);

describe("parseMessage of a watch", () => {
  test("returns tickers in upper case and without duplicates", () => {
    expect(parseMessage("watch", '{"action":"watch","tickers":["aapl"," GOOG ","AAPL"]}')).toEqual({
      ok: true,
      request: { action: "watch", watches: { tickers: ["AAPL", "GOOG"], baskets: [] } },
    });
  });

  test("returns case-sensitive basket names without duplicates", () => {
    expect(parseMessage("watch", '{"action":"watch","baskets":["FAANG","faang","FAANG"]}')).toEqual({
      ok: true,
      request: { action: "watch", watches: { tickers: [], baskets: ["FAANG", "faang"] } },
    });
  });

  test("accepts 100 tickers and 20 baskets", () => {
    const watches = { tickers: tickers(100), baskets: baskets(20) };
    expect(parseMessage("watch", JSON.stringify(watches))).toEqual({
      ok: true,
      request: { action: "watch", watches },
    });
  });
});

test("parseMessage returns the tickers and baskets of an unwatch", () => {
  expect(parseMessage("unwatch", '{"tickers":["AAPL"],"baskets":["x"]}')).toEqual({
    ok: true,
    request: { action: "unwatch", watches: { tickers: ["AAPL"], baskets: ["x"] } },
  });
});

test("parseMessage returns the id of a user message", () => {
  expect(parseMessage("user", '{"action":"user","id":"user.003_A-b"}')).toEqual({
    ok: true,
    request: { action: "user", userId: "user.003_A-b" },
  });
});

test.each(USER_IDS)("parseMessage accepts the user id %s of an issuer", (id) => {
  expect(parseMessage("user", JSON.stringify({ action: "user", id }))).toEqual({
    ok: true,
    request: { action: "user", userId: id },
  });
});

test.each(["", "a b", " a", "a\n", "a\u007f", "Zoë", "x".repeat(129)])(
  "parseMessage rejects the user id %j",
  (id) => {
    expect(parseMessage("user", JSON.stringify({ action: "user", id }))).toEqual({
      ok: false,
      error: { action: "error", code: "bad-message", message: ID },
    });
  },
);

test.each(TICKERS)("parseMessage accepts the ticker %s in lower case", (ticker) => {
  expect(parseMessage("watch", JSON.stringify({ tickers: [ticker.toLowerCase()] }))).toMatchObject({
    request: { watches: { tickers: [ticker] } },
  });
});

test("parseMessage returns the name of a ping", () => {
  expect(parseMessage("ping", '{"action":"ping","name":"page"}')).toEqual({
    ok: true,
    request: { action: "ping", name: "page" },
  });
});

const LIST = "Expected `tickers` to be a list of 1 to 100 strings, or `baskets` one of 1 to 20.";
const ID = "Expected `id` to be 1 to 128 printable ASCII characters without spaces.";
const NAME = "Expected `name` to be a string of at most 128 characters.";
const REQUEST = "Expected `request` to be a string of at most 128 characters.";
const ACTION = "Expected a JSON object with a string `action`.";
const TOKEN = "Expected `token` to be a string of 1 to 4096 characters.";
const ACTIONS = "Expected `action` to be watch, unwatch, user, authorize, sync or ping";

describe("parseMessage of a message with a `request` field", () => {
  const LONGEST = "x".repeat(128);

  test.each(["", "r1", LONGEST, "\u0000"])("returns `request` %j as requestName for `watch`", (request) => {
    const message = { action: "watch", tickers: ["A"], request };
    expect(parseMessage("watch", JSON.stringify(message))).toEqual({
      ok: true,
      request: { action: "watch", watches: { tickers: ["A"], baskets: [] } },
      requestName: request,
    });
  });

  test("returns `request` as requestName for `user`", () => {
    expect(parseMessage("user", '{"action":"user","id":"Ann","request":"r1"}')).toEqual({
      ok: true,
      request: { action: "user", userId: "Ann" },
      requestName: "r1",
    });
  });

  test("returns `request` as requestName for `authorize`", () => {
    expect(parseMessage("authorize", '{"action":"authorize","token":"a.b.c","request":"r1"}')).toEqual({
      ok: true,
      request: { action: "authorize", token: "a.b.c" },
      requestName: "r1",
    });
  });

  test.each([
    ["watch", { action: "watch" }, "bad-message", LIST],
    ["user", { action: "user", id: "a b" }, "bad-message", ID],
    ["$default", { action: "dance" }, "not-implemented", `${ACTIONS}, got "dance".`],
    ["$default", {}, "bad-message", ACTION],
  ])("echoes `request` in the error of route %s for %j", (routeKey, message, code, problem) => {
    expect(parseMessage(routeKey, JSON.stringify({ ...message, request: "r1" }))).toEqual({
      ok: false,
      error: { action: "error", code, message: problem, request: "r1" },
      requestName: "r1",
    });
  });

  test.each([7, null, [], `${LONGEST}x`])(
    "rejects the `request` %j of valid and invalid messages",
    (request) => {
      for (const message of [{ action: "watch", tickers: ["A"] }, { action: "watch" }]) {
        expect(parseMessage("watch", JSON.stringify({ ...message, request }))).toEqual({
          ok: false,
          error: { action: "error", code: "bad-message", message: REQUEST },
        });
      }
    },
  );
});

test.each([
  ["watch", '{"action":"watch"}', "bad-message", LIST],
  ["watch", '{"action":"watch","tickers":"AAPL"}', "bad-message", LIST],
  ["watch", '{"action":"watch","tickers":[]}', "bad-message", LIST],
  ["watch", '{"action":"watch","tickers":[],"baskets":[]}', "bad-message", LIST],
  ["watch", '{"action":"watch","tickers":["A"],"baskets":"x"}', "bad-message", LIST],
  ["watch", '{"action":"watch","tickers":null,"baskets":["x"]}', "bad-message", LIST],
  ["unwatch", '{"action":"unwatch","tickers":[1]}', "bad-message", LIST],
  ["unwatch", '{"action":"unwatch","baskets":[1]}', "bad-message", LIST],
  [
    "watch",
    '{"tickers":["A","A B"]}',
    "bad-ticker",
    'Expected each of `tickers` to be 1 to 32 of A-Z 0-9 . - ^ = _ / : &, starting with a letter, digit, ^ or ., got "A B".',
  ],
  [
    "watch",
    '{"tickers":["A"],"baskets":["x","a/b"]}',
    "bad-message",
    'Expected each of `baskets` to be 1 to 64 of A-Z a-z 0-9 . _ -, got "a/b".',
  ],
  [
    "watch",
    '{"baskets":[""]}',
    "bad-message",
    'Expected each of `baskets` to be 1 to 64 of A-Z a-z 0-9 . _ -, got "".',
  ],
  [
    "watch",
    JSON.stringify({ baskets: ["x".repeat(65)] }),
    "bad-message",
    `Expected each of \`baskets\` to be 1 to 64 of A-Z a-z 0-9 . _ -, got "${"x".repeat(40)}…".`,
  ],
  [
    "watch",
    JSON.stringify({ tickers: tickers(101) }),
    "too-many",
    "Expected at most 100 `tickers`, got 101.",
  ],
  ["watch", JSON.stringify({ baskets: baskets(21) }), "too-many", "Expected at most 20 `baskets`, got 21."],
  ["user", '{"action":"user"}', "bad-message", ID],
  ["user", '{"action":"user","id":""}', "bad-message", ID],
  ["user", '{"action":"user","id":7}', "bad-message", ID],
  ["user", JSON.stringify({ action: "user", id: "x".repeat(129) }), "bad-message", ID],
  ["authorize", '{"action":"authorize"}', "bad-message", TOKEN],
  ["authorize", '{"action":"authorize","token":""}', "bad-message", TOKEN],
  ["authorize", '{"action":"authorize","token":7}', "bad-message", TOKEN],
  ["authorize", JSON.stringify({ action: "authorize", token: "x".repeat(4_097) }), "bad-message", TOKEN],
  ["ping", "{}", "bad-message", NAME],
  ["ping", JSON.stringify({ name: "x".repeat(129) }), "bad-message", NAME],
  ["$default", "no json", "bad-message", ACTION],
  ["$default", "null", "bad-message", ACTION],
  ["$default", '{"action":1}', "bad-message", ACTION],
  ["$default", '{"action":"dance"}', "not-implemented", `${ACTIONS}, got "dance".`],
  // An unrouted action is not implemented, even if the code handles it.
  ["$default", '{"action":"watch","tickers":["A"]}', "not-implemented", `${ACTIONS}, got "watch".`],
])("parseMessage on route %s rejects %s with %s", (routeKey, body, code, message) => {
  expect(parseMessage(routeKey, body)).toEqual({ ok: false, error: { action: "error", code, message } });
});
