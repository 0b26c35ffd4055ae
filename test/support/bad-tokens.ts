import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { LocalStack } from "#emulator/stack.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { ed25519, es256, hs256, publicPem, rs256, tokenOf } from "../lambdas/tokens/tokens.ts";
import { output } from "./output.ts";

const ANOTHER = generateKeyPairSync("ed25519").privateKey;
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** Tokens by their fault. Built without the code under test. */
export type TokensByFault = Readonly<Record<string, string>>;

/** Tokens that a stack must reject for `audience`. Each has a single fault. */
export function badTokens(stack: LocalStack, audience: string): TokensByFault {
  const key = createPrivateKey(output(stack, "signingKey"));
  const publicKey = createPublicKey(key);
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: output(stack, "tokenIssuer"),
    aud: audience,
    sub: "mallory",
    iat: nowSeconds - 60,
    exp: nowSeconds + 3_600,
  };
  const own = (changes: object) =>
    tokenOf({ alg: "EdDSA", typ: "JWT" }, { ...claims, ...changes }, ed25519(key));
  const by = (alg: string, signer: Parameters<typeof tokenOf>[2]) =>
    tokenOf({ alg, typ: "JWT" }, claims, signer);
  const [header, , signature] = own({}).split(".");
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: "admin" })).toString("base64url");
  return {
    expired: own({ exp: nowSeconds - 1 }),
    "not yet valid": own({ nbf: nowSeconds + 600 }),
    "with the other audience": own({
      aud: audience === WATCH_AUDIENCE ? PUBLISH_AUDIENCE : WATCH_AUDIENCE,
    }),
    "without an audience": own({ aud: undefined }),
    "from another issuer": own({ iss: "https://elsewhere.example" }),
    "signed with another key": by("EdDSA", ed25519(ANOTHER)),
    "modified after signing": `${header}.${changed}.${signature}`,
    "with the algorithm none": by("none", () => Buffer.alloc(0)),
    "with the algorithm NONE": by("NONE", () => Buffer.alloc(0)),
    "signed with the public key as an HMAC secret": by("HS256", hs256(publicPem({ publicKey }))),
    "signed with RSA": by("RS256", rs256(RSA)),
    "signed with ES256": by("ES256", es256(EC)),
    oversized: own({ filler: "x".repeat(4_000) }),
    "without an expiry": own({ exp: undefined }),
    "without a subject": own({ sub: undefined }),
    "with an invalid user id": own({ sub: "a b" }),
    "not a token": "garbage",
  };
}
