/** Formatting of prices and changes. Does not prove that fonts contain the arrows. */
import { describe, expect, test } from "vitest";
import { formatChange, formatPrice } from "#client/cents.ts";

describe("formatPrice", () => {
  test.each([
    [0, "$0.00"],
    [5, "$0.05"],
    [-5, "−$0.05"],
    [2400, "$24.00"],
    [99_999, "$999.99"],
    [100_000, "$1,000.00"],
    [-123_456, "−$1,234.56"],
    [123_456_789, "$1,234,567.89"],
    [999_999_999_999_999, "$9,999,999,999,999.99"],
    [-999_999_999_999_999, "−$9,999,999,999,999.99"],
  ])("formats %d cents as %s", (cents, text) => {
    expect(formatPrice(cents)).toBe(text);
  });
});

describe("formatChange", () => {
  test.each([
    [12, "▲ +0.12"],
    [-12, "▼ −0.12"],
    [123_456, "▲ +1,234.56"],
    [-1_999_999_999_999_998, "▼ −19,999,999,999,999.98"],
    [0, "–"],
    [undefined, "–"],
  ])("formats a change of %s cents as %s", (cents, text) => {
    expect(formatChange(cents)).toBe(text);
  });
});
