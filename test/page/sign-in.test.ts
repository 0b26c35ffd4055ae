/** The state of signing in. Does not prove what the page shows: sign-in.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Access } from "#page/config.ts";
import { CONNECTION_REFUSED, SignIn, TOKEN_EXPIRED } from "#page/sign-in.ts";
import { TokenStore } from "#page/token-store.ts";
import { makeToken } from "./make-token.ts";

const END = new Date(Date.UTC(2026, 10, 20, 12));
const alice = makeToken("alice", END);
const bob = makeToken("bob", END);
const tokenRequired: Access = { watch: "token", user: "token", publish: "token" };

function setUp({
  access = tokenRequired,
  namedUser = undefined as string | undefined,
  text = undefined as string | undefined,
} = {}) {
  const clock = { now: new Date(Date.UTC(2026, 10, 20, 11)) };
  const tokenStore = new TokenStore(() => {
    throw new Error("no storage");
  });
  if (text !== undefined) tokenStore.save(text);
  return { clock, tokenStore, signIn: new SignIn({ access, namedUser, tokenStore, now: () => clock.now }) };
}

test("takes the user from the configured token claim", () => {
  const tokenStore = new TokenStore(() => {
    throw new Error("no storage");
  });
  tokenStore.save(makeToken("the-sub", END, { username: "ann@example.com" }));
  const now = () => new Date(Date.UTC(2026, 10, 20, 11));
  const signIn = new SignIn({
    access: tokenRequired,
    namedUser: undefined,
    tokenStore,
    userClaim: "username",
    now,
  });
  expect(signIn.session.user).toStrictEqual({
    id: "ann@example.com",
    attachment: { action: "user", id: "ann@example.com" },
  });
});

test("starts with the stored token", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.token?.user, signIn.problem, signIn.canConnect]).toStrictEqual(["alice", "", true]);
});

test("clears a stored token of a user other than the one in the URL and explains it", () => {
  const { tokenStore, signIn } = setUp({ namedUser: "alice", text: bob });
  const problem = "Expected a token of alice, the user in the page's address, got one of bob.";
  expect([signIn.token, signIn.problem, tokenStore.read()]).toStrictEqual([undefined, problem, undefined]);
});

test("stores a usable token and keeps it when the next one is unusable", () => {
  const { tokenStore, signIn } = setUp();
  expect(signIn.canConnect).toBe(false);
  expect([signIn.useToken(alice), tokenStore.read(), signIn.problem]).toStrictEqual([true, alice, ""]);
  expect(signIn.useToken("no token")).toBe(false);
  expect([signIn.token?.user, tokenStore.read()]).toStrictEqual(["alice", alice]);
  expect(signIn.problem).toBe("Expected a token: three parts separated by dots. Copy the complete token.");
  expect([signIn.useToken(bob), tokenStore.read(), signIn.problem]).toStrictEqual([true, bob, ""]);
});

test.each(["pasted", "stored"])("accepts a %s token that has expired by the device clock", (how) => {
  const ended = makeToken("alice", new Date(Date.UTC(2026, 10, 20, 9)));
  const { signIn } = setUp(how === "stored" ? { text: ended } : {});
  expect([how === "stored" || signIn.useToken(ended), signIn.problem, signIn.canConnect]).toStrictEqual([
    true,
    "",
    true,
  ]);
  signIn.recordOpen();
  expect([signIn.token?.text, signIn.problem]).toStrictEqual([ended, ""]);
});

test("requests another token when no socket opens and the token has expired by the device clock", () => {
  const { clock, tokenStore, signIn } = setUp({ text: alice });
  signIn.recordOpen();
  clock.now = END;
  expect([signIn.recordFailure(), signIn.problem, signIn.canConnect]).toStrictEqual([
    true,
    `${CONNECTION_REFUSED} ${TOKEN_EXPIRED}`,
    false,
  ]);
  expect(tokenStore.read()).toBe(alice);
  expect([signIn.recordOpen(), signIn.problem, signIn.canConnect]).toStrictEqual([true, "", true]);
});

test("requests another token after three consecutive failures, since the device clock may be slow", () => {
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

test("treats the first failure with a new token as a rejection until a socket opens", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.recordFailure(), signIn.problem, signIn.canConnect]).toStrictEqual([
    true,
    CONNECTION_REFUSED,
    false,
  ]);
  expect([signIn.recordFailure(), signIn.token?.user]).toStrictEqual([false, "alice"]);
  expect([signIn.recordOpen(), signIn.problem, signIn.canConnect]).toStrictEqual([true, "", true]);
});

test("stays disconnected after an invalid token and clears the problem when a socket opens", () => {
  const { signIn } = setUp({ text: alice });
  signIn.recordFailure();
  signIn.useToken("no token");
  expect([signIn.canConnect, signIn.recordFailure(), signIn.token?.user]).toStrictEqual([
    false,
    false,
    "alice",
  ]);
  expect([signIn.recordOpen(), signIn.problem, signIn.canConnect]).toStrictEqual([true, "", true]);
});

test("tolerates one failure with a token that was accepted before, but not with the next token", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.recordOpen(), signIn.recordFailure(), signIn.problem]).toStrictEqual([false, false, ""]);
  signIn.useToken(bob);
  expect([signIn.recordFailure(), signIn.problem]).toStrictEqual([true, CONNECTION_REFUSED]);
});

test("ignores failures where connecting requires no token", () => {
  const { signIn } = setUp({ access: { ...tokenRequired, watch: "open" }, text: alice });
  expect([signIn.recordFailure(), signIn.problem]).toStrictEqual([false, ""]);
});

test("applies a token that another page of the tab has saved or cleared", () => {
  const { tokenStore, signIn } = setUp({ text: alice });
  expect(signIn.reloadToken()).toBe(false);
  tokenStore.save(bob);
  expect([signIn.reloadToken(), signIn.token?.user]).toStrictEqual([true, "bob"]);
  tokenStore.clear();
  expect([signIn.reloadToken(), signIn.token, signIn.problem]).toStrictEqual([true, undefined, ""]);
});

test("continues without a rejected user of the URL", () => {
  const { signIn } = setUp({ access: { watch: "open", user: "open", publish: "open" }, namedUser: "alice" });
  expect(signIn.session.user?.id).toBe("alice");
  signIn.ignoreNamedUser();
  expect([signIn.session.user, signIn.namedUser]).toStrictEqual([undefined, undefined]);
});
