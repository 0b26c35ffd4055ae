import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatLogLine } from "#start/log-format.ts";
import { ANY_CONTROL, hostileText } from "#support/control-characters.ts";

const AT = new Date(2026, 10, 21, 14, 2, 11);
const entry = (fields: object) =>
  JSON.stringify({ level: "INFO", message: "Published", timestamp: "…", service: "publish", ...fields });

test.each([
  [
    "a JSON line shows its message and what it adds",
    entry({ quotes: 2, name: "x" }),
    "14:02:11 publish  Published quotes=2 name=x",
  ],
  [
    "what a terminal would obey is not passed on",
    entry({ message: "a\u001b[31m", name: "b\u0007" }),
    "14:02:11 publish  a?[31m name=b?",
  ],
  ["a warning says that it is one", entry({ level: "WARN", message: "Odd" }), "14:02:11 publish  WARN Odd"],
  [
    "an error shows its stack",
    entry({ level: "ERROR", error: { message: "m", stack: "Error: m\n    at x" } }),
    "14:02:11 publish  ERROR Published \n         Error: m\n             at x",
  ],
  [
    "a stack has no control characters but its line breaks",
    entry({ error: { message: "m", stack: "Error: \u001b[2J\u009b1m\r\n    at \u202ex\u2028" } }),
    "14:02:11 publish  Published \n         Error: ?[2J?1m?\n             at ?x?",
  ],
  [
    "an error without a stack shows its message",
    entry({ error: { message: "a\u001bb" } }),
    "14:02:11 publish  Published \n         a?b",
  ],
  [
    "an error that is a text is shown",
    entry({ error: "a\u009bb" }),
    "14:02:11 publish  Published \n         a?b",
  ],
  [
    "nested details have no C1 and bidirectional controls",
    entry({ where: { text: "\u009b2J\u202e\u200b", list: ["ü"] }, "k\u009b": 1 }),
    '14:02:11 publish  Published where={"text":"?2J??","list":["ü"]} k?=1',
  ],
  [
    "the level has no control characters",
    entry({ level: "A\u001b[2J" }),
    "14:02:11 publish  A?[2J Published",
  ],
  ["a plain line has no control characters", "a\u001b[2J\u009b\u202e\r", "14:02:11 publish  a?[2J???"],
  [
    "a message, a level and a stack that are not texts are shown in JSON",
    entry({ level: { toString: 1 }, message: { toString: 1 }, error: { stack: [1] } }),
    '14:02:11 publish  {"toString":1} {"toString":1} \n         [1]',
  ],
  [
    "an inherited name is no colour",
    entry({ level: "constructor" }),
    "14:02:11 publish  constructor Published",
  ],
  ["null as the error is shown", entry({ error: null }), "14:02:11 publish  Published \n         null"],
  ["any other line is shown as it is", "plain {text", "14:02:11 publish  plain {text"],
  ["what only looks like JSON too", "{nonsense", "14:02:11 publish  {nonsense"],
  ["metrics are not shown", '{"_aws":{},"Quotes":1}', undefined],
])("%s", (_what, line, text) => {
  expect(formatLogLine({ source: "publish", line }, AT, false)).toBe(text);
});

test("on a terminal it is colored", () => {
  expect(formatLogLine({ source: "publish", line: entry({ level: "ERROR" }) }, AT, true)).toContain(
    "\u001b[31mERROR Published",
  );
});

test("a detail that is nested 100,000 deep does not stop the log", () => {
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
  fc.dictionary(key, value, { maxKeys: 6 }).map((its) => JSON.stringify(its)),
  fc
    .record({ message: value, stack: value, cause: value }, { requiredKeys: [] })
    .map((error) => JSON.stringify({ level: "ERROR", message: "m", error })),
  // Control characters as they are, where JSON allows them.
  fc.tuple(hostileText, hostileText).map(([a, b]) => `{"message":"${a}","x":"${b}"}`),
);

test("no line of a log brings a control character to the terminal but line breaks before a stack, and styles", () => {
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
