/** Parsing of tokens. Does not prove that the service accepts them: test/lambdas and test/flows do. */
import { expect, test } from "vitest";
import { parseToken } from "#page/token.ts";
import { USER_IDS } from "#support/identities.ts";
import { makeToken } from "./make-token.ts";

const end = new Date(Date.UTC(2026, 10, 20, 15, 42, 8));
const good = makeToken("user003", end);
const withPayload = (text: string) => `e30.${Buffer.from(text).toString("base64url")}.c2ln`;

const noToken = "Expected a token: three parts separated by dots. Copy the complete token.";
const noUser = "Expected the token claim sub to be 1 to 128 printable ASCII characters without spaces.";
const noEnd = "Expected the token claim exp to be a time in seconds since 1970.";

test.each([
  ["unchanged", good],
  ["with spaces and a line break around it", `  ${good}\n`],
])("parses the user and the expiry of a token %s", (_, pasted) => {
  expect(parseToken(pasted)).toStrictEqual({
    ok: true,
    token: { text: good, user: "user003", expiresAt: end },
  });
});

test("parses a payload with non-ASCII characters in base64url", () => {
  for (const name of ["Zoë", "Ünal ÿ?>", "株"]) {
    expect(parseToken(makeToken("user003", end, { name }))).toHaveProperty("token.user", "user003");
  }
});

test.each(USER_IDS)("parses the user id %s", (userId) => {
  expect(parseToken(makeToken(userId, end))).toHaveProperty("token.user", userId);
});

test.each(["username", "https://example.com/user", "cognito:username"])(
  "parses the user from the configured claim %s",
  (claim) => {
    const text = makeToken("the-sub", end, { [claim]: "auth0|ann" });
    expect(parseToken(text, claim)).toStrictEqual({
      ok: true,
      token: { text, user: "auth0|ann", expiresAt: end },
    });
    expect(parseToken(makeToken("the-sub", end, { [claim]: ["ann"] }), claim)).toStrictEqual({
      ok: false,
      problem: `Expected the token claim ${claim} to be 1 to 128 printable ASCII characters without spaces.`,
    });
  },
);

test.each([
  ["nothing", "", noToken],
  ["a text", "sign me in", noToken],
  ["two parts", good.split(".").slice(0, 2).join("."), noToken],
  ["no signature", `${good.split(".").slice(0, 2).join(".")}.`, noToken],
  ["four parts", `${good}.e30`, noToken],
  ["a character that is invalid in a subprotocol", `${good},`, noToken],
  ["a break in the middle", `${good.slice(0, 20)} ${good.slice(20)}`, noToken],
  ["the whole header", `Bearer ${good}`, noToken],
  ["a payload that is not base64", "e30.a.c2ln", noToken],
  ["a payload that is not JSON", withPayload("{"), noToken],
  ["a payload that is not an object", withPayload("7"), noToken],
  ["a payload that is null", withPayload("null"), noToken],
  ["a payload without claims", withPayload("{}"), noToken],
  ["a user that is not a string", withPayload('{"sub":7,"exp":1}'), noUser],
  ["an invalid user", withPayload('{"sub":"a b","exp":1}'), noUser],
  ["an expiry that is not a number", withPayload('{"sub":"a","exp":"1"}'), noEnd],
  ["an expiry outside the range of dates", withPayload('{"sub":"a","exp":1e300}'), noEnd],
  ["a token that is too long", "a".repeat(4097), "Expected a token of at most 4096 characters, got 4097."],
])("rejects %s with an error message that does not repeat it", (_, pasted, problem) => {
  expect(parseToken(pasted)).toStrictEqual({ ok: false, problem });
});
