/** Does not prove what a person sees of it: sign-in.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Access } from "#page/config.ts";
import { TokenStore } from "#page/kept-token.ts";
import { CONNECTION_REFUSED, SignIn, TOKEN_EXPIRED } from "#page/sign-in.ts";
import { makeToken } from "./make-token.ts";

const END = new Date(Date.UTC(2026, 10, 20, 12));
const alice = makeToken("alice", END);
const bob = makeToken("bob", END);
const asking: Access = { watch: "token", user: "token", publish: "token" };

function setUp({
  access = asking,
  namedUser = undefined as string | undefined,
  text = undefined as string | undefined,
} = {}) {
  const clock = { now: new Date(Date.UTC(2026, 10, 20, 11)) };
  const kept = new TokenStore(() => {
    throw new Error("nothing is kept");
  });
  if (text !== undefined) kept.save(text);
  return { clock, kept, signIn: new SignIn({ access, namedUser, tokenStore: kept, now: () => clock.now }) };
}

test("is the user that the configured claim of the token names", () => {
  const kept = new TokenStore(() => {
    throw new Error("nothing is kept");
  });
  kept.save(makeToken("the-sub", END, { username: "ann@example.com" }));
  const now = () => new Date(Date.UTC(2026, 10, 20, 11));
  const signIn = new SignIn({
    access: asking,
    namedUser: undefined,
    tokenStore: kept,
    userClaim: "username",
    now,
  });
  expect(signIn.session.user).toStrictEqual({
    id: "ann@example.com",
    attachment: { action: "user", id: "ann@example.com" },
  });
});

test("begins with the token that was kept", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.token?.user, signIn.problem, signIn.canConnect]).toStrictEqual(["alice", "", true]);
});

test("forgets a kept token of another user than the address names, and says so", () => {
  const { kept, signIn } = setUp({ namedUser: "alice", text: bob });
  const problem = "Expected a token of alice, the user in the page's address, got one of bob.";
  expect([signIn.token, signIn.problem, kept.read()]).toStrictEqual([undefined, problem, undefined]);
});

test("keeps a token that it takes, and the one before when it takes none", () => {
  const { kept, signIn } = setUp();
  expect(signIn.canConnect).toBe(false);
  expect([signIn.useToken(alice), kept.read(), signIn.problem]).toStrictEqual([true, alice, ""]);
  expect(signIn.useToken("words")).toBe(false);
  expect([signIn.token?.user, kept.read()]).toStrictEqual(["alice", alice]);
  expect(signIn.problem).toBe("Expected a token: three parts separated by dots. Copy the complete token.");
  expect([signIn.useToken(bob), kept.read(), signIn.problem]).toStrictEqual([true, bob, ""]);
});

test.each(["pasted", "kept"])("takes a %s token that has expired by the clock of the device", (how) => {
  const ended = makeToken("alice", new Date(Date.UTC(2026, 10, 20, 9)));
  const { signIn } = setUp(how === "kept" ? { text: ended } : {});
  expect([how === "kept" || signIn.useToken(ended), signIn.problem, signIn.canConnect]).toStrictEqual([
    true,
    "",
    true,
  ]);
  signIn.recordOpen();
  expect([signIn.token?.text, signIn.problem]).toStrictEqual([ended, ""]);
});

test("asks for another token when no socket opens and the token has expired by the clock of the device", () => {
  const { clock, kept, signIn } = setUp({ text: alice });
  signIn.recordOpen();
  clock.now = END;
  expect([signIn.recordFailure(), signIn.problem, signIn.canConnect]).toStrictEqual([
    true,
    `${CONNECTION_REFUSED} ${TOKEN_EXPIRED}`,
    false,
  ]);
  expect(kept.read()).toBe(alice);
  expect([signIn.recordOpen(), signIn.problem, signIn.canConnect]).toStrictEqual([true, "", true]);
});

test("asks for another token after three failures in a row, for the clock of the device may be late", () => {
  const { signIn } = setUp({ text: alice });
  signIn.recordOpen();
  expect([signIn.recordFailure(), signIn.recordFailure(), signIn.recordOpen()]).toStrictEqual([
    false,
    false,
    false,
  ]);
  expect([signIn.recordFailure(), signIn.recordFailure(), signIn.recordFailure()]).toStrictEqual([
    false,
    false,
    true,
  ]);
  expect([signIn.problem, signIn.canConnect]).toStrictEqual([CONNECTION_REFUSED, false]);
});

test("takes the first failure with a token for a refusal, until a socket opens after all", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.recordFailure(), signIn.problem, signIn.canConnect]).toStrictEqual([
    true,
    CONNECTION_REFUSED,
    false,
  ]);
  expect([signIn.recordFailure(), signIn.token?.user]).toStrictEqual([false, "alice"]);
  expect([signIn.recordOpen(), signIn.problem, signIn.canConnect]).toStrictEqual([true, "", true]);
});

test("is not let in by what is pasted and is no token, and forgets that once a socket opens", () => {
  const { signIn } = setUp({ text: alice });
  signIn.recordFailure();
  signIn.useToken("words");
  expect([signIn.canConnect, signIn.recordFailure(), signIn.token?.user]).toStrictEqual([
    false,
    false,
    "alice",
  ]);
  expect([signIn.recordOpen(), signIn.problem, signIn.canConnect]).toStrictEqual([true, "", true]);
});

test("takes one failure for no refusal once a socket was open with the token, but does so of the next token", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.recordOpen(), signIn.recordFailure(), signIn.problem]).toStrictEqual([false, false, ""]);
  signIn.useToken(bob);
  expect([signIn.recordFailure(), signIn.problem]).toStrictEqual([true, CONNECTION_REFUSED]);
});

test("says nothing of failures where a socket needs no token", () => {
  const { signIn } = setUp({ access: { ...asking, watch: "open" }, text: alice });
  expect([signIn.recordFailure(), signIn.problem]).toStrictEqual([false, ""]);
});

test("takes up what another page of the tab has kept, or forgotten", () => {
  const { kept, signIn } = setUp({ text: alice });
  expect(signIn.reloadToken()).toBe(false);
  kept.save(bob);
  expect([signIn.reloadToken(), signIn.token?.user]).toStrictEqual([true, "bob"]);
  kept.clear();
  expect([signIn.reloadToken(), signIn.token, signIn.problem]).toStrictEqual([true, undefined, ""]);
});

test("goes on without a name that was refused", () => {
  const { signIn } = setUp({ access: { watch: "open", user: "open", publish: "open" }, namedUser: "alice" });
  expect(signIn.session.user?.id).toBe("alice");
  signIn.ignoreNamedUser();
  expect([signIn.session.user, signIn.namedUser]).toStrictEqual([undefined, undefined]);
});
