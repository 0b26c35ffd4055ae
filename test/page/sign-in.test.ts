/** Does not prove what a person sees of it: sign-in.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Access } from "#page/config.ts";
import { KeptToken } from "#page/kept-token.ts";
import { NOT_LET_IN, PROBABLY_EXPIRED, SignIn } from "#page/sign-in.ts";
import { makeToken } from "./make-token.ts";

const END = new Date(Date.UTC(2026, 10, 20, 12));
const alice = makeToken("alice", END);
const bob = makeToken("bob", END);
const asking: Access = { watch: "token", user: "token", publish: "token" };

function setUp({
  access = asking,
  named = undefined as string | undefined,
  text = undefined as string | undefined,
} = {}) {
  const clock = { now: new Date(Date.UTC(2026, 10, 20, 11)) };
  const kept = new KeptToken(() => {
    throw new Error("nothing is kept");
  });
  if (text !== undefined) kept.keep(text);
  return { clock, kept, signIn: new SignIn({ access, named, kept, now: () => clock.now }) };
}

test("is the user that the configured claim of the token names", () => {
  const kept = new KeptToken(() => {
    throw new Error("nothing is kept");
  });
  kept.keep(makeToken("the-sub", END, { username: "ann@example.com" }));
  const now = () => new Date(Date.UTC(2026, 10, 20, 11));
  const signIn = new SignIn({ access: asking, named: undefined, kept, userClaim: "username", now });
  expect(signIn.standing.user).toStrictEqual({
    id: "ann@example.com",
    attachment: { action: "user", id: "ann@example.com" },
  });
});

test("begins with the token that was kept", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.token?.user, signIn.problem, signIn.isLetIn]).toStrictEqual(["alice", "", true]);
});

test("forgets a kept token of another user than the address names, and says so", () => {
  const { kept, signIn } = setUp({ named: "alice", text: bob });
  const problem = "Expected a token of alice, whom the page's address names, got one of bob.";
  expect([signIn.token, signIn.problem, kept.read()]).toStrictEqual([undefined, problem, undefined]);
});

test("keeps a token that it takes, and the one before when it takes none", () => {
  const { kept, signIn } = setUp();
  expect(signIn.isLetIn).toBe(false);
  expect([signIn.take(alice), kept.read(), signIn.problem]).toStrictEqual([true, alice, ""]);
  expect(signIn.take("words")).toBe(false);
  expect([signIn.token?.user, kept.read()]).toStrictEqual(["alice", alice]);
  expect(signIn.problem).toBe(
    "Expected a token: three parts with dots between. Copy all of it, and nothing else.",
  );
  expect([signIn.take(bob), kept.read(), signIn.problem]).toStrictEqual([true, bob, ""]);
});

test.each(["pasted", "kept"])("takes a %s token that has expired by the clock of the device", (how) => {
  const ended = makeToken("alice", new Date(Date.UTC(2026, 10, 20, 9)));
  const { signIn } = setUp(how === "kept" ? { text: ended } : {});
  expect([how === "kept" || signIn.take(ended), signIn.problem, signIn.isLetIn]).toStrictEqual([
    true,
    "",
    true,
  ]);
  signIn.opened();
  expect([signIn.token?.text, signIn.problem]).toStrictEqual([ended, ""]);
});

test("asks for another token when no socket opens and the token has expired by the clock of the device", () => {
  const { clock, kept, signIn } = setUp({ text: alice });
  signIn.opened();
  clock.now = END;
  expect([signIn.failed(), signIn.problem, signIn.isLetIn]).toStrictEqual([
    true,
    `${NOT_LET_IN} ${PROBABLY_EXPIRED}`,
    false,
  ]);
  expect(kept.read()).toBe(alice);
  expect([signIn.opened(), signIn.problem, signIn.isLetIn]).toStrictEqual([true, "", true]);
});

test("asks for another token after three failures in a row, for the clock of the device may be late", () => {
  const { signIn } = setUp({ text: alice });
  signIn.opened();
  expect([signIn.failed(), signIn.failed(), signIn.opened()]).toStrictEqual([false, false, false]);
  expect([signIn.failed(), signIn.failed(), signIn.failed()]).toStrictEqual([false, false, true]);
  expect([signIn.problem, signIn.isLetIn]).toStrictEqual([NOT_LET_IN, false]);
});

test("takes the first failure with a token for a refusal, until a socket opens after all", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.failed(), signIn.problem, signIn.isLetIn]).toStrictEqual([true, NOT_LET_IN, false]);
  expect([signIn.failed(), signIn.token?.user]).toStrictEqual([false, "alice"]);
  expect([signIn.opened(), signIn.problem, signIn.isLetIn]).toStrictEqual([true, "", true]);
});

test("is not let in by what is pasted and is no token, and forgets that once a socket opens", () => {
  const { signIn } = setUp({ text: alice });
  signIn.failed();
  signIn.take("words");
  expect([signIn.isLetIn, signIn.failed(), signIn.token?.user]).toStrictEqual([false, false, "alice"]);
  expect([signIn.opened(), signIn.problem, signIn.isLetIn]).toStrictEqual([true, "", true]);
});

test("takes one failure for no refusal once a socket was open with the token, but does so of the next token", () => {
  const { signIn } = setUp({ text: alice });
  expect([signIn.opened(), signIn.failed(), signIn.problem]).toStrictEqual([false, false, ""]);
  signIn.take(bob);
  expect([signIn.failed(), signIn.problem]).toStrictEqual([true, NOT_LET_IN]);
});

test("says nothing of failures where a socket needs no token", () => {
  const { signIn } = setUp({ access: { ...asking, watch: "open" }, text: alice });
  expect([signIn.failed(), signIn.problem]).toStrictEqual([false, ""]);
});

test("takes up what another page of the tab has kept, or forgotten", () => {
  const { kept, signIn } = setUp({ text: alice });
  expect(signIn.returnTo()).toBe(false);
  kept.keep(bob);
  expect([signIn.returnTo(), signIn.token?.user]).toStrictEqual([true, "bob"]);
  kept.forget();
  expect([signIn.returnTo(), signIn.token, signIn.problem]).toStrictEqual([true, undefined, ""]);
});

test("goes on without a name that was refused", () => {
  const { signIn } = setUp({ access: { watch: "open", user: "open", publish: "open" }, named: "alice" });
  expect(signIn.standing.user?.id).toBe("alice");
  signIn.forgetName();
  expect([signIn.standing.user, signIn.named]).toStrictEqual([undefined, undefined]);
});
