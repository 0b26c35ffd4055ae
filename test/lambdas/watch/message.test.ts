import { expect, test } from "vitest";
import { parseMessage } from "../../../lambdas/watch/message.ts";

const tickers = (count: number) => Array.from({ length: count }, (_, n) => `T${n}`);

test("a watch asks for its tickers, each once", () => {
  expect(parseMessage("watch", '{"action":"watch","tickers":["aapl"," GOOG ","AAPL"]}')).toEqual({
    ok: true,
    request: { action: "watch", tickers: ["AAPL", "GOOG"] },
  });
});

test("an unwatch asks for its tickers", () => {
  expect(parseMessage("unwatch", '{"tickers":["AAPL"]}')).toEqual({
    ok: true,
    request: { action: "unwatch", tickers: ["AAPL"] },
  });
});

test("a watch may name 100 tickers", () => {
  expect(parseMessage("watch", JSON.stringify({ tickers: tickers(100) }))).toMatchObject({ ok: true });
});

test("a ping has a name", () => {
  expect(parseMessage("ping", '{"action":"ping","name":"page"}')).toEqual({
    ok: true,
    request: { action: "ping", name: "page" },
  });
});

const LIST = "Expected `tickers` to be a list of 1 to 100 strings.";
const NAME = "Expected `name` to be a string of at most 128 characters.";
const ACTION = "Expected a JSON object with a string `action`.";

test.each([
  ["watch", '{"action":"watch"}', "bad-message", LIST],
  ["watch", '{"action":"watch","tickers":"AAPL"}', "bad-message", LIST],
  ["watch", '{"action":"watch","tickers":[]}', "bad-message", LIST],
  ["unwatch", '{"action":"unwatch","tickers":[1]}', "bad-message", LIST],
  [
    "watch",
    '{"tickers":["A","A B"]}',
    "bad-ticker",
    'Expected each of `tickers` to be 1 to 16 of A-Z 0-9 . - ^ =, got "A B".',
  ],
  [
    "watch",
    JSON.stringify({ tickers: tickers(101) }),
    "too-many",
    "Expected at most 100 `tickers`, got 101.",
  ],
  ["ping", "{}", "bad-message", NAME],
  ["ping", JSON.stringify({ name: "x".repeat(129) }), "bad-message", NAME],
  ["$default", "no json", "bad-message", ACTION],
  ["$default", "null", "bad-message", ACTION],
  ["$default", '{"action":1}', "bad-message", ACTION],
  [
    "$default",
    '{"action":"dance"}',
    "not-implemented",
    'Expected `action` to be watch, unwatch or ping, got "dance".',
  ],
  // Not routed, so not implemented, whatever the code could do with it.
  [
    "$default",
    '{"action":"watch","tickers":["A"]}',
    "not-implemented",
    'Expected `action` to be watch, unwatch or ping, got "watch".',
  ],
])("on route %s, %s is answered with %s", (routeKey, body, code, message) => {
  expect(parseMessage(routeKey, body)).toEqual({ ok: false, error: { action: "error", code, message } });
});
