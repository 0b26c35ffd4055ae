/** Does not prove that the service makes such tokens, or takes them: test/lambdas and test/flows do. */
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
  ["as it is", good],
  ["with spaces and a line break around it", `  ${good}\n`],
])("reads whose a token is and when it ends, %s", (_, pasted) => {
  expect(parseToken(pasted)).toStrictEqual({
    ok: true,
    token: { text: good, user: "user003", expiresAt: end },
  });
});

test("reads a payload with letters of all the world, whatever base64url makes of them", () => {
  for (const name of ["Zoë", "Ünal ÿ?>", "株"]) {
    expect(parseToken(makeToken("user003", end, { name }))).toHaveProperty("token.user", "user003");
  }
});

test.each(USER_IDS)("reads the user id %s of an issuer", (userId) => {
  expect(parseToken(makeToken(userId, end))).toHaveProperty("token.user", userId);
});

test.each(["username", "https://example.com/user", "cognito:username"])(
  "reads the user from the claim %s when the service names it",
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
  ["words", "sign me in", noToken],
  ["two parts", good.split(".").slice(0, 2).join("."), noToken],
  ["no signature", `${good.split(".").slice(0, 2).join(".")}.`, noToken],
  ["four parts", `${good}.e30`, noToken],
  ["what no subprotocol may have in it", `${good},`, noToken],
  ["a break in the middle", `${good.slice(0, 20)} ${good.slice(20)}`, noToken],
  ["the whole header", `Bearer ${good}`, noToken],
  ["a payload that is no base64", "e30.a.c2ln", noToken],
  ["a payload that is no JSON", withPayload("{"), noToken],
  ["a payload that is no object", withPayload("7"), noToken],
  ["a payload that is null", withPayload("null"), noToken],
  ["a payload without claims", withPayload("{}"), noToken],
  ["a user that is no text", withPayload('{"sub":7,"exp":1}'), noUser],
  ["a user that is no name", withPayload('{"sub":"a b","exp":1}'), noUser],
  ["an end that is no number", withPayload('{"sub":"a","exp":"1"}'), noEnd],
  ["an end that no calendar has", withPayload('{"sub":"a","exp":1e300}'), noEnd],
  ["too much", "a".repeat(4097), "Expected a token of at most 4096 characters, got 4097."],
])("refuses %s, in a sentence that repeats nothing of it", (_, pasted, problem) => {
  expect(parseToken(pasted)).toStrictEqual({ ok: false, problem });
});
