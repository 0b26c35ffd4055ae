import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { createVerifyToken } from "#lambdas/tokens/verify-token.ts";
import { TokenKeysError } from "#protocol/errors.ts";
import {
  type Audience,
  MAX_TOKEN_LENGTH,
  PUBLISH_AUDIENCE,
  WATCH_AUDIENCE,
} from "#protocol/token-audiences.ts";
import {
  claims,
  ed25519,
  es256,
  hs256,
  ISSUER,
  NOW,
  NOW_SECONDS,
  privatePem,
  publicPem,
  rs256,
  tokenOf,
} from "./tokens.ts";

/* Tokens of our own issuer, whose key is known. An outside issuer's are fetched-keys.test.ts's part. */
const own = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKeyPem = publicPem(own);
const verify = createVerifyToken({ issuer: ISSUER, publicKeyPem }, () => NOW);

const HEADER = { alg: "EdDSA", typ: "JWT" };
const signed = (changes: Readonly<Record<string, unknown>>) =>
  tokenOf(HEADER, claims(changes), ed25519(own.privateKey));
const GOOD = signed({});
const [goodHeader = "", goodPayload = "", goodSignature = ""] = GOOD.split(".");
const accepted = (expiresAt = "2026-11-21T10:30:00.000Z") => ({
  ok: true,
  subject: "Ann",
  expiresAt: new Date(expiresAt),
});

test.each([
  ["a good one", GOOD, WATCH_AUDIENCE],
  ["one that is good for publishing", signed({ aud: PUBLISH_AUDIENCE }), PUBLISH_AUDIENCE],
  ["one that is good for several things", signed({ aud: ["else", WATCH_AUDIENCE] }), WATCH_AUDIENCE],
  ["one that holds from this second on", signed({ nbf: NOW_SECONDS }), WATCH_AUDIENCE],
  ["one that says more", signed({ iat: NOW_SECONDS + 60, name: "Ann" }), WATCH_AUDIENCE],
])("takes %s", async (_what, token, audience) => {
  expect(await verify(token, audience as Audience)).toEqual(accepted());
});

test("takes a token until the second in which it ends", async () => {
  expect(await verify(signed({ exp: NOW_SECONDS + 1 }), WATCH_AUDIENCE)).toEqual(
    accepted("2026-11-21T10:00:01.000Z"),
  );
});

test("takes a subject of 128 characters, of every character that a user id may have", async () => {
  const ascii = Array.from({ length: 94 }, (_, n) => String.fromCharCode(0x21 + n)).join("");
  const subject = ascii.padEnd(128, "x");
  expect(await verify(signed({ sub: subject }), WATCH_AUDIENCE)).toEqual({ ...accepted(), subject });
});

const ALGORITHM = "Expected a token signed with EdDSA.";
const CHANGED = `The token is not signed by ${ISSUER}, or was changed.`;
const FORM = "Expected a signed JSON Web Token: three parts with dots between.";
const END = "Expected the token to say when it ends (`exp`), in seconds since 1970.";
const EXPIRED = "The token has expired. Get a new one.";
const NOT_YET = "The token does not hold yet (`nbf`).";
const AUDIENCE = "Expected a token for ticker-watch:watch (`aud`): this one is for something else.";
const OTHERS = `Expected a token of ${ISSUER} (\`iss\`): this one is another's.`;
const NAMELESS = "Expected the token to name its user (`sub`).";
const NO_TEXT = "Expected the token's user (`sub`) to be a string, got";
const NAME = "Expected the token's user (`sub`) to be 1 to 128 printable ASCII characters without spaces.";

test.each([
  ["none", "", "Expected a token, got none."],
  ["garbage", "garbage", FORM],
  ["dots alone", "..", FORM],
  ["two parts", `${goodHeader}.${goodPayload}`, FORM],
  ["four parts", `${GOOD}.${goodSignature}`, FORM],
  ["two tokens", `${GOOD},${GOOD}`, FORM],
  ["a space in the signature", `${GOOD.slice(0, -5)} ${GOOD.slice(-5)}`, FORM],
  ["a line's end", `${GOOD}\n`, FORM],
  ["a signature that is padded", `${GOOD}==`, FORM],
  ["a header that is no JSON", `e30x.${goodPayload}.${goodSignature}`, FORM],
  ["claims that are a list", tokenOf(HEADER, [], ed25519(own.privateKey)), FORM],
  ["claims that are null", tokenOf(HEADER, null, ed25519(own.privateKey)), FORM],
  [
    "a header that is unknown but critical",
    tokenOf({ ...HEADER, crit: ["x"], x: 1 }, claims(), ed25519(own.privateKey)),
    FORM,
  ],
  [
    "a payload that is not encoded",
    tokenOf({ ...HEADER, crit: ["b64"], b64: false }, claims(), ed25519(own.privateKey)),
    FORM,
  ],
  ["no algorithm", tokenOf({ typ: "JWT" }, claims(), ed25519(own.privateKey)), FORM],
  ["the algorithm none", tokenOf({ alg: "none" }, claims(), () => Buffer.alloc(0)), ALGORITHM],
  ["the algorithm None", tokenOf({ alg: "None" }, claims(), () => Buffer.alloc(0)), ALGORITHM],
  ["an HS256 of the public key", tokenOf({ alg: "HS256" }, claims(), hs256(publicKeyPem)), ALGORITHM],
  ["an RS256", tokenOf({ alg: "RS256" }, claims(), rs256(rsa.privateKey)), ALGORITHM],
  ["an ES256", tokenOf({ alg: "ES256" }, claims(), es256(ec.privateKey)), ALGORITHM],
  ["EdDSA by its other name", tokenOf({ alg: "Ed25519" }, claims(), ed25519(own.privateKey)), ALGORITHM],
  ["an RS256 that says EdDSA", tokenOf(HEADER, claims(), rs256(rsa.privateKey)), CHANGED],
  ["another's key", tokenOf(HEADER, claims(), ed25519(other.privateKey)), CHANGED],
  [
    "another's key, sent along",
    tokenOf(
      { ...HEADER, jwk: other.publicKey.export({ format: "jwk" }) },
      claims(),
      ed25519(other.privateKey),
    ),
    CHANGED,
  ],
  ["no signature", `${goodHeader}.${goodPayload}.`, CHANGED],
  [
    "another token's signature",
    `${goodHeader}.${goodPayload}.${signed({ sub: "Bob" }).split(".")[2]}`,
    CHANGED,
  ],
  ["one that has expired", signed({ exp: NOW_SECONDS - 60 }), EXPIRED],
  ["one that expires in this second", signed({ exp: NOW_SECONDS }), EXPIRED],
  ["one that expired at the beginning of time", signed({ exp: 0 }), EXPIRED],
  ["no end", signed({ exp: undefined }), END],
  ["an end in words", signed({ exp: "tomorrow" }), END],
  ["an end that is null", signed({ exp: null }), END],
  ["an end that no calendar has", signed({ exp: 1e300 }), END],
  ["one that does not hold yet", signed({ nbf: NOW_SECONDS + 1 }), NOT_YET],
  ["a beginning in words", signed({ nbf: "now" }), NOT_YET],
  ["one for publishing", signed({ aud: PUBLISH_AUDIENCE }), AUDIENCE],
  ["one for nothing", signed({ aud: undefined }), AUDIENCE],
  ["one for an empty list", signed({ aud: [] }), AUDIENCE],
  ["an audience that only begins alike", signed({ aud: `${WATCH_AUDIENCE}er` }), AUDIENCE],
  ["another issuer", signed({ iss: "https://other.example" }), OTHERS],
  ["an issuer with a slash more", signed({ iss: `${ISSUER}/` }), OTHERS],
  ["no issuer", signed({ iss: undefined }), OTHERS],
  ["a list of issuers", signed({ iss: [ISSUER] }), OTHERS],
  ["no user", signed({ sub: undefined }), NAMELESS],
  ["an empty user", signed({ sub: "" }), NAME],
  ["a user with a space", signed({ sub: "Ann B" }), NAME],
  ["a user with a new line", signed({ sub: "Ann\n" }), NAME],
  ["a user of 129 characters", signed({ sub: "x".repeat(129) }), NAME],
  ["a user outside of ASCII", signed({ sub: "Zoë" }), NAME],
  ["a user with a control character", signed({ sub: "Ann\u007f" }), NAME],
  ["a user that is a number", signed({ sub: 7 }), `${NO_TEXT} type number.`],
  ["a user that is a list", signed({ sub: ["Ann"] }), `${NO_TEXT} a list.`],
  ["a user that is null", signed({ sub: null }), `${NO_TEXT} null.`],
])("refuses %s", async (_what, token, problem) => {
  expect(await verify(token, WATCH_AUDIENCE)).toEqual({ ok: false, problem });
});

test("refuses to publish with a token that is for watching", async () => {
  expect(await verify(GOOD, PUBLISH_AUDIENCE)).toEqual({
    ok: false,
    problem: "Expected a token for ticker-watch:publish (`aud`): this one is for something else.",
  });
});

test("refuses a token that is too long, however good it is, before it is read", async () => {
  const room = (MAX_TOKEN_LENGTH - GOOD.length) * (3 / 4) - 10;
  const long = signed({ filling: "x".repeat(room - 10) });
  expect(long.length).toBeLessThanOrEqual(MAX_TOKEN_LENGTH);
  expect(await verify(long, WATCH_AUDIENCE)).toEqual(accepted());
  const tooLong = signed({ filling: "x".repeat(room + 20) });
  expect(tooLong.length).toBeGreaterThan(MAX_TOKEN_LENGTH);
  expect(await verify(tooLong, WATCH_AUDIENCE)).toEqual({
    ok: false,
    problem: `Expected a token of at most 4096 characters, got ${tooLong.length}.`,
  });
});

test.each([
  ["header", 0, FORM],
  ["payload", 1, CHANGED],
  ["signature", 2, CHANGED],
])("refuses a token with a character of its %s changed", async (_name, changed, problem) => {
  const parts = GOOD.split(".").map((part, n) =>
    n === changed ? `${part.slice(0, 9)}${part[9] === "A" ? "B" : "A"}${part.slice(10)}` : part,
  );
  expect(await verify(parts.join("."), WATCH_AUDIENCE)).toEqual({ ok: false, problem });
});

test("goes by the clock that runs, not by the one at the start", async () => {
  let now = NOW;
  const verifyThen = createVerifyToken({ issuer: ISSUER, publicKeyPem }, () => now);
  expect(await verifyThen(GOOD, WATCH_AUDIENCE)).toEqual(accepted());
  now = new Date("2026-11-21T10:30:00Z");
  expect(await verifyThen(GOOD, WATCH_AUDIENCE)).toEqual({ ok: false, problem: EXPIRED });
});

const EXPECTED = "Expected the public key to be an Ed25519 key in PEM (BEGIN PUBLIC KEY), got ";
test.each([
  ["a private key", privatePem(own), "something else. Give the public half of the signing key."],
  ["no PEM", "MCowBQYDK2Vw", "something else. Give the public half of the signing key."],
  ["half a key", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n", "one that cannot be read."],
  ["an RSA key", publicPem(rsa), "one of the type rsa."],
  ["an EC key", publicPem(ec), "one of the type ec."],
])("does not begin with %s", (_what, publicKeyPem, got) => {
  expect(() => createVerifyToken({ issuer: ISSUER, publicKeyPem })).toThrow(
    new TokenKeysError(EXPECTED + got),
  );
});
