/** The state of the sign-in form. Does not prove that the form shows it: sign-in.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Access } from "#page/config.ts";
import { signInView } from "#page/sign-in-view.ts";

const gates = (watch: Access["watch"], user: Access["user"]): Access => ({ watch, user, publish: "open" });
const tail = "It is kept only in this tab.";
const needed = `Watching requires a token. ${tail}`;
const ofAlice = `Watching as alice requires a token of alice. ${tail}`;
const offered = `With a token, you watch as its user. ${tail}`;

test.each([
  ["token", "token", undefined, { problem: "" }, { state: "needed", hint: needed, isOpen: true }],
  ["token", "token", "alice", { problem: "" }, { state: "needed", hint: ofAlice, isOpen: true }],
  ["token", "open", "alice", { problem: "" }, { state: "needed", hint: needed, isOpen: true }],
  ["token", "token", undefined, { token: {}, problem: "" }, { state: "done", hint: needed, isOpen: false }],
  ["token", "token", undefined, { token: {}, problem: "No." }, { state: "done", hint: needed, isOpen: true }],
  ["open", "token", undefined, { problem: "" }, { state: "offered", hint: offered, isOpen: false }],
  ["open", "token", undefined, { problem: "No." }, { state: "offered", hint: offered, isOpen: true }],
  ["open", "token", "alice", { problem: "" }, { state: "offered", hint: ofAlice, isOpen: true }],
  ["open", "token", "alice", { token: {}, problem: "" }, { state: "done", hint: ofAlice, isOpen: false }],
  ["open", "open", "alice", { problem: "" }, { state: "unneeded", hint: offered, isOpen: false }],
] as const)("watch %s, user %s, an address that names %s, and %j", (watch, user, named, signIn, view) => {
  expect(signInView(gates(watch, user), named, signIn)).toStrictEqual({ ...view, problem: signIn.problem });
});
