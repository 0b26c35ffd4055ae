import { expect, test } from "vitest";
import { isUserId } from "#protocol/user-id.ts";
import { USER_IDS } from "#support/identities.ts";

test.each([...USER_IDS, "!", "~", "x".repeat(128)])("%s is a user id", (text) => {
  expect(isUserId(text)).toBe(true);
});

test.each([
  "",
  " ",
  "a b",
  "a ",
  "a\n",
  "\ta",
  "a\u0000",
  "a\u007f",
  "a\u0080",
  "Zoë",
  "株",
  "x".repeat(129),
])("%j is not a user id", (text) => {
  expect(isUserId(text)).toBe(false);
});
