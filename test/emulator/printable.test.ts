import { expect, test } from "vitest";
import { replaceControls } from "#emulator/printable.ts";
import { CONTROL_CHARACTERS, SHOWN_AS_THEY_ARE } from "#support/control-characters.ts";

test.each(CONTROL_CHARACTERS)("replaceControls replaces %s", (_kind, text, shown) => {
  expect(replaceControls(text)).toBe(shown);
});

test.each(SHOWN_AS_THEY_ARE)("replaceControls keeps %j", (text) => {
  expect(replaceControls(text)).toBe(text);
});
