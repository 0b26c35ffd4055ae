import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { LocalStack } from "#emulator/stack.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { ed25519, es256, hs256, publicPem, rs256, tokenOf } from "../lambdas/tokens/tokens.ts";
import { output } from "./output.ts";

const ANOTHER = generateKeyPairSync("ed25519").privateKey;
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** What each token is, and the token. Made by hand, so that what is tested has no part in it. */
export type Tokens = Readonly<Record<string, string>>;

/** Tokens that a stack is to refuse for what `audience` is good for, though each is nearly good. */
export function badTokens(stack: LocalStack, audience: string): Tokens {
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
    "for the other audience": own({
      aud: audience === WATCH_AUDIENCE ? PUBLISH_AUDIENCE : WATCH_AUDIENCE,
    }),
    "for no audience": own({ aud: undefined }),
    "of another issuer": own({ iss: "https://elsewhere.example" }),
    "signed with another key": by("EdDSA", ed25519(ANOTHER)),
    "changed after it was signed": `${header}.${changed}.${signature}`,
    "of the algorithm none": by("none", () => Buffer.alloc(0)),
    "of the algorithm none in capitals": by("NONE", () => Buffer.alloc(0)),
    "signed with the public key as a secret": by("HS256", hs256(publicPem({ publicKey }))),
    "signed with RSA": by("RS256", rs256(RSA)),
    "signed with another curve": by("ES256", es256(EC)),
    oversized: own({ filler: "x".repeat(4_000) }),
    "without an end": own({ exp: undefined }),
    "of nobody": own({ sub: undefined }),
    "of a user that there cannot be": own({ sub: "a b" }),
    "no token at all": "garbage",
  };
}
