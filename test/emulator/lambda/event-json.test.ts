import { expect, test } from "vitest";
import { parseEvent, serializeEvent } from "#emulator/lambda/event-json.ts";

test.each([
  '{"n":9007199254740993,"x":1e999}',
  '[ -0 , {"a":1,"a":2} ]',
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
])("a parsed event is serialized to the JSON of the caller, unchanged", (text) => {
  expect(serializeEvent(parseEvent(text)) === text).toBe(true);
});

test.each([
  [{ a: 1 }, '{"a":1}'],
  ["x", '"x"'],
  [null, "null"],
  [undefined, "null"],
])("the event %j, which was not parsed, is serialized to %s", (event, text) => {
  expect(serializeEvent(event)).toBe(text);
});
