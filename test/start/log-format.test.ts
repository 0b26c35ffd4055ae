import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatLogLine } from "#start/log-format.ts";
import { ANY_CONTROL, hostileText } from "#support/control-characters.ts";

/* The format of log lines on a terminal. Does not prove which lines the functions write. */

const AT = new Date(2026, 10, 21, 14, 2, 11);
const entry = (fields: object) =>
  JSON.stringify({ level: "INFO", message: "Published", timestamp: "…", service: "publish", ...fields });

test.each([
  [
    "a JSON line is shown as its message and extra fields",
    entry({ quotes: 2, name: "x" }),
    "14:02:11 publish  Published quotes=2 name=x",
  ],
  [
    "control characters in a message and in a field are replaced",
    entry({ message: "a\u001b[31m", name: "b\u0007" }),
    "14:02:11 publish  a?[31m name=b?",
  ],
  [
    "a warning is shown with its level",
    entry({ level: "WARN", message: "Odd" }),
    "14:02:11 publish  WARN Odd",
  ],
  [
    "an error is shown with its stack",
    entry({ level: "ERROR", error: { message: "m", stack: "Error: m\n    at x" } }),
    "14:02:11 publish  ERROR Published \n         Error: m\n             at x",
  ],
  [
    "control characters in a stack are replaced, except line breaks",
    entry({ error: { message: "m", stack: "Error: \u001b[2J\u009b1m\r\n    at \u202ex\u2028" } }),
    "14:02:11 publish  Published \n         Error: ?[2J?1m?\n             at ?x?",
  ],
  [
    "an error without a stack is shown with its message",
    entry({ error: { message: "a\u001bb" } }),
    "14:02:11 publish  Published \n         a?b",
  ],
  [
    "an error that is a string is shown",
    entry({ error: "a\u009bb" }),
    "14:02:11 publish  Published \n         a?b",
  ],
  [
    "C1 and bidirectional controls in nested fields are replaced",
    entry({ where: { text: "\u009b2J\u202e\u200b", list: ["ü"] }, "k\u009b": 1 }),
    '14:02:11 publish  Published where={"text":"?2J??","list":["ü"]} k?=1',
  ],
  [
    "control characters in a level are replaced",
    entry({ level: "A\u001b[2J" }),
    "14:02:11 publish  A?[2J Published",
  ],
  [
    "control characters in a plain line are replaced",
    "a\u001b[2J\u009b\u202e\r",
    "14:02:11 publish  a?[2J???",
  ],
  [
    "a message, a level and a stack that are not strings are shown as JSON",
    entry({ level: { toString: 1 }, message: { toString: 1 }, error: { stack: [1] } }),
    '14:02:11 publish  {"toString":1} {"toString":1} \n         [1]',
  ],
  [
    "a level with the name of an inherited property has no color",
    entry({ level: "constructor" }),
    "14:02:11 publish  constructor Published",
  ],
  ["an error that is null is shown", entry({ error: null }), "14:02:11 publish  Published \n         null"],
  ["a line that is not JSON is unchanged", "plain {text", "14:02:11 publish  plain {text"],
  ["a line that starts like JSON, but is not, is unchanged", "{nonsense", "14:02:11 publish  {nonsense"],
  ["metrics are omitted", '{"_aws":{},"Quotes":1}', undefined],
])("%s", (_what, line, text) => {
  expect(formatLogLine({ source: "publish", line }, AT, false)).toBe(text);
});

test("formatLogLine colors the level on a terminal", () => {
  expect(formatLogLine({ source: "publish", line: entry({ level: "ERROR" }) }, AT, true)).toContain(
    "\u001b[31mERROR Published",
  );
});

test("a field that is nested 100,000 levels deep is replaced by a note", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  expect(formatLogLine({ source: "publish", line: `{"message":"Odd","deep":${deep}}` }, AT, false)).toBe(
    "14:02:11 publish  Odd deep=(nested too deep)",
  );
});

const value = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    hostileText,
    fc.jsonValue(),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(hostileText, tie("json"), { maxKeys: 3 }),
  ),
})).json;
const key = fc.oneof(
  fc.constantFrom("level", "message", "error", "timestamp", "__proto__", "constructor"),
  hostileText,
);
const hostileLine = fc.oneof(
  hostileText,
  fc.dictionary(key, value, { maxKeys: 6 }).map((fields) => JSON.stringify(fields)),
  fc
    .record({ message: value, stack: value, cause: value }, { requiredKeys: [] })
    .map((error) => JSON.stringify({ level: "ERROR", message: "m", error })),
  // Unescaped control characters, which JSON allows in part.
  fc.tuple(hostileText, hostileText).map(([a, b]) => `{"message":"${a}","x":"${b}"}`),
);

test("formatLogLine never emits control characters other than styles and the line breaks of a stack", () => {
  fc.assert(
    fc.property(hostileLine, hostileText, (line, source) => {
      const plain = formatLogLine({ source, line }, AT, false) ?? "";
      expect(plain.replaceAll(`\n${" ".repeat(9)}`, "")).not.toMatch(ANY_CONTROL);
      const colored = formatLogLine({ source, line }, AT, true) ?? "";
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the styles are made of them
      const unstyled = colored.replace(/\u001b\[(?:2|22|31|33|36|39)m/g, "");
      expect(unstyled).toBe(plain);
      expect(stripVTControlCharacters(colored)).toBe(plain);
    }),
    { numRuns: 1_000 },
  );
});
