import fc from "fast-check";
import { expect, test } from "vitest";
import { excerpt, replaceControls, toPrintableJson } from "#protocol/printable.ts";
import { ANY_CONTROL, CONTROL_CHARACTERS, hostileText, PRINTABLE } from "#support/control-characters.ts";

/* Escaping of untrusted text. The callers are tested in their own suites. */
test.each(CONTROL_CHARACTERS)("replaceControls replaces %s", (_kind, text, shown) => {
  expect(replaceControls(text)).toBe(shown);
});

test.each(PRINTABLE)("replaceControls does not change %j", (text) => {
  expect(replaceControls(text)).toBe(text);
});

test.each([
  ["x".repeat(40), "x".repeat(40)],
  ["x".repeat(41), `${"x".repeat(40)}…`],
  [`${"x".repeat(39)}😀`, `${"x".repeat(39)}…`],
  [`${"x".repeat(38)}😀`, `${"x".repeat(38)}😀`],
  [`${"x".repeat(38)}😀y`, `${"x".repeat(38)}😀…`],
  [`${"x".repeat(39)}\ud83dy`, `${"x".repeat(39)}?…`],
])("excerpt of %j is %j", (text, shown) => {
  expect(excerpt(text)).toBe(shown);
});

test("excerpt returns at most 40 characters and an ellipsis, without control characters or half a surrogate pair", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const shown = excerpt(text.repeat(2));
      expect(shown).not.toMatch(ANY_CONTROL);
      expect(shown.length).toBeLessThanOrEqual(41);
    }),
  );
});

test("toPrintableJson escapes each control character and reads back as the same value", () => {
  expect(toPrintableJson({ a: "\u009b\u202e\u{e0001}é😀\ud83d" })).toBe(
    '{"a":"\\u009b\\u202e\\udb40\\udc01é😀\\ud83d"}',
  );
  fc.assert(
    fc.property(hostileText, fc.constantFrom(undefined, 2), (text, space) => {
      const json = toPrintableJson({ [`x${text}`]: text }, space);
      expect(json.replaceAll("\n", "")).not.toMatch(ANY_CONTROL);
      expect(JSON.parse(json)).toEqual({ [`x${text}`]: text });
    }),
  );
});
