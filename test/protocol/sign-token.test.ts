import { generateKeyPairSync, verify } from "node:crypto";
import { expect, test } from "vitest";
import { createVerifyToken } from "#lambdas/tokens/verify-token.ts";
import { TokenKeysError } from "#protocol/errors.ts";
import { signToken, type TokenClaims } from "#protocol/sign-token.ts";
import { PUBLISH_AUDIENCE } from "#protocol/token-audiences.ts";
import { ISSUER, NOW, privatePem, publicPem } from "../lambdas/tokens/tokens.ts";

/* Signed tokens, decoded by the test and verified by the verifier of the Lambdas. */
const keys = generateKeyPairSync("ed25519");
const pem = privatePem(keys);
const CLAIMS: TokenClaims = {
  issuer: ISSUER,
  audience: PUBLISH_AUDIENCE,
  subject: "operator",
  issuedAt: NOW,
  expiresAt: new Date("2027-11-21T10:00:00.999Z"),
};

test("signToken signs issuer, audience, subject and times in whole seconds", async () => {
  const [header = "", payload = "", signature = "", ...others] = (await signToken(pem, CLAIMS)).split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  expect([read(header), read(payload), others]).toEqual([
    { alg: "EdDSA", typ: "JWT" },
    {
      iss: ISSUER,
      aud: "ticker-watch:publish",
      sub: "operator",
      iat: 1_795_255_200,
      exp: 1_826_791_200,
    },
    [],
  ]);
  const input = Buffer.from(`${header}.${payload}`);
  expect(verify(null, input, keys.publicKey, Buffer.from(signature, "base64url"))).toBe(true);
});

test("the verifier accepts a token of signToken", async () => {
  const verifyToken = createVerifyToken({ issuer: ISSUER, publicKeyPem: publicPem(keys) }, () => NOW);
  expect(await verifyToken(await signToken(pem, CLAIMS), PUBLISH_AUDIENCE)).toEqual({
    ok: true,
    subject: "operator",
    expiresAt: new Date("2027-11-21T10:00:00Z"),
  });
});

test("signToken returns the same token for the same claims", async () => {
  expect(await signToken(pem, CLAIMS)).toBe(await signToken(pem, { ...CLAIMS }));
});

test.each([
  ["", 'got "".'],
  ["Ann B", 'got "Ann B".'],
])("signToken throws for the subject %j", async (subject, got) => {
  await expect(signToken(pem, { ...CLAIMS, subject })).rejects.toThrow(
    new RangeError(`Expected the subject to be 1 to 128 printable ASCII characters without spaces, ${got}`),
  );
});

test.each([
  ["equal to issuedAt", NOW],
  ["that is an invalid date", new Date(Number.NaN)],
])("signToken throws for an expiresAt %s", async (_when, expiresAt) => {
  await expect(signToken(pem, { ...CLAIMS, expiresAt })).rejects.toThrow(
    new RangeError("Expected the token to expire after it is issued."),
  );
});

const EXPECTED = "Expected the private key to be an Ed25519 key in PEM (BEGIN PRIVATE KEY), got one ";
test.each([
  ["an RSA key", privatePem(generateKeyPairSync("rsa", { modulusLength: 2048 })), "of the type rsa."],
  ["a public key", publicPem(keys), "that cannot be read."],
  ["garbage", "garbage", "that cannot be read."],
])("signToken throws for %s instead of an Ed25519 private key", async (_what, key, got) => {
  await expect(signToken(key, CLAIMS)).rejects.toThrow(new TokenKeysError(EXPECTED + got));
});
