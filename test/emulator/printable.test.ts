import { expect, test } from "vitest";
import { replaceControls } from "#emulator/printable.ts";
import { CONTROL_CHARACTERS, PRINTABLE } from "#support/control-characters.ts";

test.each(CONTROL_CHARACTERS)("replaceControls replaces %s", (_kind, text, shown) => {
  expect(replaceControls(text)).toBe(shown);
});

test.each(PRINTABLE)("replaceControls keeps %j", (text) => {
  expect(replaceControls(text)).toBe(text);
});
