import { generateKeyPairSync, verify } from "node:crypto";
import { expect, test } from "vitest";
import { createVerifyToken } from "#lambdas/tokens/verify-token.ts";
import { TokenKeysError } from "#protocol/errors.ts";
import { signToken, type TokenClaims } from "#protocol/sign-token.ts";
import { PUBLISH_AUDIENCE } from "#protocol/token-audiences.ts";
import { ISSUER, NOW, privatePem, publicPem } from "../lambdas/tokens/tokens.ts";

/* What is signed, read by hand and then by what verifies it. */
const keys = generateKeyPairSync("ed25519");
const pem = privatePem(keys);
const CLAIMS: TokenClaims = {
  issuer: ISSUER,
  audience: PUBLISH_AUDIENCE,
  subject: "operator",
  issuedAt: NOW,
  expiresAt: new Date("2027-11-21T10:00:00.999Z"),
};

test("says who, for what and from when until when, in whole seconds", async () => {
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

test("is taken by what verifies tokens", async () => {
  const verifyToken = createVerifyToken({ issuer: ISSUER, publicKeyPem: publicPem(keys) }, () => NOW);
  expect(await verifyToken(await signToken(pem, CLAIMS), PUBLISH_AUDIENCE)).toEqual({
    ok: true,
    subject: "operator",
    expiresAt: new Date("2027-11-21T10:00:00Z"),
  });
});

test("signs the same claims the same way each time", async () => {
  expect(await signToken(pem, CLAIMS)).toBe(await signToken(pem, { ...CLAIMS }));
});

test.each([
  ["", 'got "".'],
  ["Ann B", 'got "Ann B".'],
])("does not sign for the subject %j", async (subject, got) => {
  await expect(signToken(pem, { ...CLAIMS, subject })).rejects.toThrow(
    new RangeError(`Expected the subject to be 1 to 128 printable ASCII characters without spaces, ${got}`),
  );
});

test.each([
  ["at once", NOW],
  ["never", new Date(Number.NaN)],
])("does not sign what ends %s", async (_when, expiresAt) => {
  await expect(signToken(pem, { ...CLAIMS, expiresAt })).rejects.toThrow(
    new RangeError("Expected the token to expire after it is issued."),
  );
});

const EXPECTED = "Expected the private key to be an Ed25519 key in PEM (BEGIN PRIVATE KEY), got one ";
test.each([
  ["an RSA key", privatePem(generateKeyPairSync("rsa", { modulusLength: 2048 })), "of the type rsa."],
  ["a public key", publicPem(keys), "that cannot be read."],
  ["garbage", "garbage", "that cannot be read."],
])("does not sign with %s", async (_what, key, got) => {
  await expect(signToken(key, CLAIMS)).rejects.toThrow(new TokenKeysError(EXPECTED + got));
});
