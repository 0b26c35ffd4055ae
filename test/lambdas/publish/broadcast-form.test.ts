import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_NOTICE_LENGTH, parseBroadcast } from "#lambdas/publish/form.ts";

/* Parsing of broadcast forms. Does not prove that the page shows the message as text: test/page does. */
const form = (...messages: readonly string[]) =>
  new URLSearchParams(messages.map((message): [string, string] => ["message", message])).toString();

test.each([
  ["message=Back+at+5", "Back at 5"],
  ["message=+%0ABack at 5 ", "Back at 5"],
  ["message=a%26b", "a&b"],
  ["message=100%+sure,+50%25+less", "100% sure, 50% less"],
  ["message=M%C3%A4rkte", "Märkte"],
  ["message=Märkte", "Märkte"],
  ["message=%EF%BF%BD", "\uFFFD"],
  [`message=${"é".repeat(MAX_NOTICE_LENGTH)}`, "é".repeat(MAX_NOTICE_LENGTH)],
])("parseBroadcast reads %j as the message %j", (body, message) => {
  expect(parseBroadcast(body)).toEqual({ ok: true, form: message });
});

test.each([
  ["", "no message"],
  ["text=x", "unknown field: text (expected message; encode & as %26, with curl use --data-urlencode)"],
  [
    "message=S&P 500 halted",
    "unknown field: P 500 halted (expected message; encode & as %26, with curl use --data-urlencode)",
  ],
  [
    "message=a&ticker=A",
    "unknown field: ticker (expected message; encode & as %26, with curl use --data-urlencode)",
  ],
  [
    "message=M%E4rkte",
    "not UTF-8: expected the form in UTF-8, for example ä as %C3%A4 (with curl use --data-urlencode)",
  ],
  ["message=", "no message"],
  ["message=+%09%0A", "no message"],
  ["message=a&message=b", "too many messages: 2, at most 1"],
  ["message=a&message=", "too many messages: 2, at most 1"],
  [`message=${"x".repeat(1_001)}`, "too long: 1001 characters, at most 1000"],
])("parseBroadcast rejects %j: %s", (body, problem) => {
  expect(parseBroadcast(body)).toEqual({ ok: false, problem });
});

test("parseBroadcast returns any message without surrounding white space", () => {
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
    .filter((its) => its.trim() !== "");
  fc.assert(
    fc.property(text, (message) => {
      expect(parseBroadcast(form(message))).toEqual({ ok: true, form: message.trim() });
    }),
  );
});
