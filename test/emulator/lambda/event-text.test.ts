import { expect, test } from "vitest";
import { parseEvent, serializeEvent } from "#emulator/lambda/event-text.ts";

test.each([
  '{"n":9007199254740993,"x":1e999}',
  '[ -0 , {"a":1,"a":2} ]',
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
])("an event reaches a function in the text of its caller", (text) => {
  expect(serializeEvent(parseEvent(text)) === text).toBe(true);
});

test.each([
  [{ a: 1 }, '{"a":1}'],
  ["x", '"x"'],
  [null, "null"],
  [undefined, "null"],
])("an event that was not parsed is written: %j", (event, text) => {
  expect(serializeEvent(event)).toBe(text);
});
