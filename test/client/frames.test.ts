/** Validation of received frames. Does not prove that API Gateway sends them: test/flows does. */
import { expect, test } from "vitest";
import { parseFrame } from "#client/frames.ts";
import { quote } from "../page/feed.ts";

test.each([
  { action: "quotes", "connection-id": "a=", quotes: [quote("AAPL", -5, 1)] },
  { action: "quotes", "connection-id": "a=", watching: ["AAPL"], quotes: [] },
  {
    action: "quotes",
    "connection-id": "a=",
    request: "1",
    watching: [],
    baskets: [{ name: "FAANG", version: 0, tickers: [] }],
    user: { id: "user003", version: 2 },
    quotes: [],
  },
  { action: "pong", name: "page" },
  { action: "notice", message: "Closing early." },
  { action: "error", code: "unauthorized", message: "No.", request: "1" },
  { action: "error", code: "too-many", message: "Expected less." },
  { action: "error", code: "of-a-newer-service", message: "No." },
])("parses %j", (message) => {
  expect(parseFrame(JSON.stringify(message))).toStrictEqual(message);
});

test.each([
  '{"message": "Internal server error", "connectionId":"a=", "requestId":"b="}',
  '{"message": "Forbidden"}',
  "{}",
])("parses %s as a failed request", (text) => {
  expect(parseFrame(text)).toStrictEqual({ action: "failed" });
});

const inQuotes = (fields: object) =>
  JSON.stringify({
    action: "quotes",
    "connection-id": "a=",
    quotes: [{ ...quote("AAPL", 1, 1), ...fields }],
  });

test.each([
  "",
  " ",
  "not JSON",
  "null",
  "5",
  '"text"',
  "[]",
  '{"action":"dance"}',
  '{"action":null}',
  '{"action":"quotes"}',
  '{"action":"quotes","connection-id":"a=","quotes":[null]}',
  '{"action":"quotes","connection-id":"a=","quotes":[],"baskets":[{"name":"FAANG","tickers":[]}]}',
  '{"action":"quotes","connection-id":"a=","quotes":[],"watching":[],"user":"user003"}',
  '{"action":"notice"}',
  inQuotes({ price: 24.5 }),
  inQuotes({ price: "2400" }),
  inQuotes({ version: null }),
  inQuotes({ at: "yesterday" }),
  new ArrayBuffer(2),
])("ignores the invalid frame %s", (data) => {
  expect(parseFrame(data)).toBeUndefined();
});
