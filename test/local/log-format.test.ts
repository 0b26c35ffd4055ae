import { expect, test } from "vitest";
import { formatLogLine } from "../../local/log-format.ts";

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
