import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDollars } from "#operator/cents.ts";

test.each([
  ["24", 2400],
  ["24.00", 2400],
  ["24.5", 2450],
  ["$24.05", 2405],
  ["0.07", 7],
  ["-0.05", -5],
  ["-$1.10", -110],
  ["-0", 0],
  ["0000000000024", 2400],
  ["9999999999999.99", 999_999_999_999_999],
])("parseDollars parses %s as %d cents", (text, cents) => {
  expect(parseDollars(text)).toBe(cents);
});

test.each([
  "",
  "$",
  "-",
  ".5",
  "24.",
  "1.234",
  "1,234.00",
  "1e3",
  "+1",
  " 1",
  "0x10",
  "NaN",
  "10000000000000.00",
])("parseDollars returns undefined for %j", (text) => {
  expect(parseDollars(text)).toBeUndefined();
});

test("parseDollars parses every formatted price to the exact cent", () => {
  const format = (cents: number) => {
    const digits = String(Math.abs(cents)).padStart(3, "0");
    return `${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  };
  const price = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
  fc.assert(fc.property(price, (cents) => parseDollars(format(cents)) === cents));
});
