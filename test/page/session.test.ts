/** The session for each access mode. Does not prove that the service accepts it: test/flows does. */
import { expect, test } from "vitest";
import type { Access } from "#page/config.ts";
import { explainUnusableToken, resolveSession } from "#page/session.ts";
import type { Token } from "#page/token.ts";

const NOW = new Date(Date.UTC(2026, 10, 20));
const token: Token = { text: "a.b.c", user: "alice", expiresAt: new Date(NOW.getTime() + 1000) };
const anonymous = { subprotocols: ["ticker-watch"] };
const withToken = ["ticker-watch", "a.b.c"];
const byName = (id: string) => ({ id, attachment: { action: "user", id } });
const byToken = { id: "alice", attachment: { action: "authorize", token: "a.b.c" } };

const accessOf = (watch: Access["watch"], user: Access["user"]): Access => ({ watch, user, publish: "open" });

test.each([
  ["open", "open", undefined, undefined, anonymous],
  ["open", "open", "bob", undefined, { ...anonymous, user: byName("bob") }],
  ["open", "open", undefined, token, { ...anonymous, user: byToken }],
  ["open", "open", "alice", token, { ...anonymous, user: byToken }],
  ["open", "token", undefined, undefined, anonymous],
  ["open", "token", "alice", undefined, anonymous],
  ["open", "token", "alice", token, { ...anonymous, user: byToken }],
  ["token", "token", undefined, undefined, { subprotocols: undefined }],
  ["token", "token", "alice", undefined, { subprotocols: undefined }],
  ["token", "token", undefined, token, { subprotocols: withToken, user: byName("alice") }],
  ["token", "token", "alice", token, { subprotocols: withToken, user: byName("alice") }],
  ["token", "open", "bob", undefined, { subprotocols: undefined }],
  ["token", "open", undefined, token, { subprotocols: withToken, user: byName("alice") }],
  ["token", "open", "bob", token, { subprotocols: withToken, user: byName("bob") }],
] as const)(
  "resolves the session for watch %s, user %s, user %s in the URL and token %j",
  (watch, user, namedUser, held, session) => {
    expect(resolveSession(accessOf(watch, user), namedUser, held)).toStrictEqual(session);
  },
);

const another = "Expected a token of bob, the user in the page's address, got one of alice.";

test.each([
  ["open", "open", undefined, undefined],
  ["token", "token", "alice", undefined],
  ["open", "open", "bob", another],
  ["open", "token", "bob", another],
  ["token", "token", "bob", another],
  ["token", "open", "bob", undefined],
] as const)(
  "explains alice's token for watch %s, user %s and user %s in the URL with %j",
  (watch, user, namedUser, problem) => {
    expect(explainUnusableToken(accessOf(watch, user), namedUser, token)).toBe(problem);
  },
);

test("ignores the expiry of a token, since the device clock may be wrong", () => {
  const ended = { ...token, expiresAt: new Date(0) };
  expect(explainUnusableToken(accessOf("token", "token"), undefined, ended)).toBe(undefined);
});
