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

/* Tokens of the stack's own issuer. External issuers are tested in remote-keys.test.ts. */
const own = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKeyPem = publicPem(own);
const verify = createVerifyToken({ issuer: ISSUER, publicKeyPem }, () => NOW);

const HEADER = { alg: "EdDSA", typ: "JWT" };
const signed = (changes: Readonly<Record<string, unknown>>) =>
  tokenOf(HEADER, claims(changes), ed25519(own.privateKey));
const VALID = signed({});
const [validHeader = "", validPayload = "", validSignature = ""] = VALID.split(".");
const accepted = (expiresAt = "2026-11-21T10:30:00.000Z") => ({
  ok: true,
  subject: "Ann",
  expiresAt: new Date(expiresAt),
});

test.each([
  ["for its audience", VALID, WATCH_AUDIENCE],
  ["for publishing", signed({ aud: PUBLISH_AUDIENCE }), PUBLISH_AUDIENCE],
  ["for several audiences", signed({ aud: ["else", WATCH_AUDIENCE] }), WATCH_AUDIENCE],
  ["that becomes valid in this second", signed({ nbf: NOW_SECONDS }), WATCH_AUDIENCE],
  ["with additional claims", signed({ iat: NOW_SECONDS + 60, name: "Ann" }), WATCH_AUDIENCE],
])("verifyToken accepts a token %s", async (_what, token, audience) => {
  expect(await verify(token, audience as Audience)).toEqual(accepted());
});

test("verifyToken accepts a token until the second before its expiry", async () => {
  expect(await verify(signed({ exp: NOW_SECONDS + 1 }), WATCH_AUDIENCE)).toEqual(
    accepted("2026-11-21T10:00:01.000Z"),
  );
});

test("verifyToken accepts a subject of 128 characters with every character of a user id", async () => {
  const ascii = Array.from({ length: 94 }, (_, n) => String.fromCharCode(0x21 + n)).join("");
  const subject = ascii.padEnd(128, "x");
  expect(await verify(signed({ sub: subject }), WATCH_AUDIENCE)).toEqual({ ...accepted(), subject });
});

const ALGORITHM = "Expected a token signed with EdDSA.";
const CHANGED = `The token is not signed by ${ISSUER}, or was changed.`;
const FORM = "Expected a signed JSON Web Token: three parts separated by dots.";
const EXPIRY = "Expected the token to contain an expiry time (`exp`) in seconds since 1970.";
const EXPIRED = "The token has expired. Get a new one.";
const NOT_YET = "The token is not valid yet (`nbf`).";
const AUDIENCE = "Expected a token for ticker-watch:watch (`aud`), got one for another audience.";
const OTHER_ISSUER = `Expected a token of ${ISSUER} (\`iss\`), got one of another issuer.`;
const NO_USER = "Expected the token to contain its user (`sub`).";
const NO_STRING = "Expected the token's user (`sub`) to be a string, got";
const NAME = "Expected the token's user (`sub`) to be 1 to 128 printable ASCII characters without spaces.";

test.each([
  ["no token", "", "Expected a token, got none."],
  ["a text without dots", "garbage", FORM],
  ["only dots", "..", FORM],
  ["two parts", `${validHeader}.${validPayload}`, FORM],
  ["four parts", `${VALID}.${validSignature}`, FORM],
  ["two tokens", `${VALID},${VALID}`, FORM],
  ["a space in the signature", `${VALID.slice(0, -5)} ${VALID.slice(-5)}`, FORM],
  ["a trailing newline", `${VALID}\n`, FORM],
  ["a padded signature", `${VALID}==`, FORM],
  ["a header that is not JSON", `e30x.${validPayload}.${validSignature}`, FORM],
  ["claims that are a list", tokenOf(HEADER, [], ed25519(own.privateKey)), FORM],
  ["claims that are null", tokenOf(HEADER, null, ed25519(own.privateKey)), FORM],
  [
    "an unknown critical header",
    tokenOf({ ...HEADER, crit: ["x"], x: 1 }, claims(), ed25519(own.privateKey)),
    FORM,
  ],
  [
    "an unencoded payload",
    tokenOf({ ...HEADER, crit: ["b64"], b64: false }, claims(), ed25519(own.privateKey)),
    FORM,
  ],
  ["no algorithm", tokenOf({ typ: "JWT" }, claims(), ed25519(own.privateKey)), FORM],
  ["the algorithm none", tokenOf({ alg: "none" }, claims(), () => Buffer.alloc(0)), ALGORITHM],
  ["the algorithm None", tokenOf({ alg: "None" }, claims(), () => Buffer.alloc(0)), ALGORITHM],
  [
    "HS256 with the public key as secret",
    tokenOf({ alg: "HS256" }, claims(), hs256(publicKeyPem)),
    ALGORITHM,
  ],
  ["RS256", tokenOf({ alg: "RS256" }, claims(), rs256(rsa.privateKey)), ALGORITHM],
  ["ES256", tokenOf({ alg: "ES256" }, claims(), es256(ec.privateKey)), ALGORITHM],
  ["the algorithm name Ed25519", tokenOf({ alg: "Ed25519" }, claims(), ed25519(own.privateKey)), ALGORITHM],
  ["an RS256 signature and the header EdDSA", tokenOf(HEADER, claims(), rs256(rsa.privateKey)), CHANGED],
  ["a signature of another key", tokenOf(HEADER, claims(), ed25519(other.privateKey)), CHANGED],
  [
    "a signature of another key in its `jwk` header",
    tokenOf(
      { ...HEADER, jwk: other.publicKey.export({ format: "jwk" }) },
      claims(),
      ed25519(other.privateKey),
    ),
    CHANGED,
  ],
  ["no signature", `${validHeader}.${validPayload}.`, CHANGED],
  [
    "the signature of another token",
    `${validHeader}.${validPayload}.${signed({ sub: "Bob" }).split(".")[2]}`,
    CHANGED,
  ],
  ["an expiry one minute ago", signed({ exp: NOW_SECONDS - 60 }), EXPIRED],
  ["an expiry in this second", signed({ exp: NOW_SECONDS }), EXPIRED],
  ["an expiry of 0", signed({ exp: 0 }), EXPIRED],
  ["no expiry", signed({ exp: undefined }), EXPIRY],
  ["an expiry that is a string", signed({ exp: "tomorrow" }), EXPIRY],
  ["an expiry that is null", signed({ exp: null }), EXPIRY],
  ["an expiry outside of the range of Date", signed({ exp: 1e300 }), EXPIRY],
  ["an `nbf` in the next second", signed({ nbf: NOW_SECONDS + 1 }), NOT_YET],
  ["an `nbf` that is a string", signed({ nbf: "now" }), NOT_YET],
  ["the publish audience", signed({ aud: PUBLISH_AUDIENCE }), AUDIENCE],
  ["no audience", signed({ aud: undefined }), AUDIENCE],
  ["an empty list of audiences", signed({ aud: [] }), AUDIENCE],
  ["an audience with the right prefix only", signed({ aud: `${WATCH_AUDIENCE}er` }), AUDIENCE],
  ["another issuer", signed({ iss: "https://other.example" }), OTHER_ISSUER],
  ["an issuer with a trailing slash", signed({ iss: `${ISSUER}/` }), OTHER_ISSUER],
  ["no issuer", signed({ iss: undefined }), OTHER_ISSUER],
  ["a list of issuers", signed({ iss: [ISSUER] }), OTHER_ISSUER],
  ["no user", signed({ sub: undefined }), NO_USER],
  ["an empty user", signed({ sub: "" }), NAME],
  ["a user with a space", signed({ sub: "Ann B" }), NAME],
  ["a user with a new line", signed({ sub: "Ann\n" }), NAME],
  ["a user of 129 characters", signed({ sub: "x".repeat(129) }), NAME],
  ["a non-ASCII user", signed({ sub: "Zoë" }), NAME],
  ["a user with a control character", signed({ sub: "Ann\u007f" }), NAME],
  ["a user that is a number", signed({ sub: 7 }), `${NO_STRING} type number.`],
  ["a user that is a list", signed({ sub: ["Ann"] }), `${NO_STRING} a list.`],
  ["a user that is null", signed({ sub: null }), `${NO_STRING} null.`],
])("verifyToken rejects a token with %s", async (_what, token, problem) => {
  expect(await verify(token, WATCH_AUDIENCE)).toEqual({ ok: false, problem });
});

test("verifyToken rejects a watch token for publishing", async () => {
  expect(await verify(VALID, PUBLISH_AUDIENCE)).toEqual({
    ok: false,
    problem: "Expected a token for ticker-watch:publish (`aud`), got one for another audience.",
  });
});

test("verifyToken rejects a valid token that exceeds the maximum length", async () => {
  const room = (MAX_TOKEN_LENGTH - VALID.length) * (3 / 4) - 10;
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
])("verifyToken rejects a token with a changed character in its %s", async (_name, changed, problem) => {
  const parts = VALID.split(".").map((part, n) =>
    n === changed ? `${part.slice(0, 9)}${part[9] === "A" ? "B" : "A"}${part.slice(10)}` : part,
  );
  expect(await verify(parts.join("."), WATCH_AUDIENCE)).toEqual({ ok: false, problem });
});

test("verifyToken reads the clock for each token", async () => {
  let now = NOW;
  const verifyThen = createVerifyToken({ issuer: ISSUER, publicKeyPem }, () => now);
  expect(await verifyThen(VALID, WATCH_AUDIENCE)).toEqual(accepted());
  now = new Date("2026-11-21T10:30:00Z");
  expect(await verifyThen(VALID, WATCH_AUDIENCE)).toEqual({ ok: false, problem: EXPIRED });
});

const EXPECTED = "Expected the public key to be an Ed25519 key in PEM (BEGIN PUBLIC KEY), got ";
test.each([
  ["a private key", privatePem(own), "something else. Use the public half of the signing key."],
  ["a key without PEM header", "MCowBQYDK2Vw", "something else. Use the public half of the signing key."],
  [
    "a truncated key",
    "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
    "one that cannot be read.",
  ],
  ["an RSA key", publicPem(rsa), "one of the type rsa."],
  ["an EC key", publicPem(ec), "one of the type ec."],
])("createVerifyToken throws TokenKeysError for %s", (_what, publicKeyPem, got) => {
  expect(() => createVerifyToken({ issuer: ISSUER, publicKeyPem })).toThrow(
    new TokenKeysError(EXPECTED + got),
  );
});
