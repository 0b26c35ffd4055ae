/** Does not prove that the service lets the page be what it takes itself for: test/flows does. */
import { expect, test } from "vitest";
import type { Access } from "#page/config.ts";
import { explainUseless, standingOf } from "#page/standing.ts";
import type { Token } from "#page/token.ts";

const NOW = new Date(Date.UTC(2026, 10, 20));
const token: Token = { text: "a.b.c", user: "alice", expiresAt: new Date(NOW.getTime() + 1000) };
const anybody = { offer: ["ticker-watch"] };
const withToken = ["ticker-watch", "a.b.c"];
const byName = (id: string) => ({ id, attachment: { action: "user", id } });
const byToken = { id: "alice", attachment: { action: "authorize", token: "a.b.c" } };

const gates = (watch: Access["watch"], user: Access["user"]): Access => ({ watch, user, publish: "open" });

test.each([
  ["open", "open", undefined, undefined, anybody],
  ["open", "open", "bob", undefined, { ...anybody, user: byName("bob") }],
  ["open", "open", undefined, token, { ...anybody, user: byToken }],
  ["open", "open", "alice", token, { ...anybody, user: byToken }],
  ["open", "token", undefined, undefined, anybody],
  ["open", "token", "alice", undefined, anybody],
  ["open", "token", "alice", token, { ...anybody, user: byToken }],
  ["token", "token", undefined, undefined, { offer: undefined }],
  ["token", "token", "alice", undefined, { offer: undefined }],
  ["token", "token", undefined, token, { offer: withToken, user: byName("alice") }],
  ["token", "token", "alice", token, { offer: withToken, user: byName("alice") }],
  ["token", "open", "bob", undefined, { offer: undefined }],
  ["token", "open", undefined, token, { offer: withToken, user: byName("alice") }],
  ["token", "open", "bob", token, { offer: withToken, user: byName("bob") }],
] as const)(
  "watch %s, user %s, an address that names %s, with token %j",
  (watch, user, named, held, standing) => {
    expect(standingOf(gates(watch, user), named, held)).toStrictEqual(standing);
  },
);

const another = "Expected a token of bob, whom the page's address names, got one of alice.";

test.each([
  ["open", "open", undefined, undefined],
  ["token", "token", "alice", undefined],
  ["open", "open", "bob", another],
  ["open", "token", "bob", another],
  ["token", "token", "bob", another],
  ["token", "open", "bob", undefined],
] as const)(
  "watch %s, user %s, an address that names %s: says of alice's token %j",
  (watch, user, named, problem) => {
    expect(explainUseless(gates(watch, user), named, token)).toBe(problem);
  },
);

test("does not look at the end of a token, since the clock of a device may be wrong", () => {
  const ended = { ...token, expiresAt: new Date(0) };
  expect(explainUseless(gates("token", "token"), undefined, ended)).toBe(undefined);
});
