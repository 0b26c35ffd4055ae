import { createHmac, type KeyObject, sign } from "node:crypto";

/* Tokens built without jose, so that jose does not verify its own output. */
export const ISSUER = "https://issuer.example";
export const NOW = new Date("2026-11-21T10:00:00Z");
export const NOW_SECONDS = NOW.getTime() / 1_000;

/** Claims that are valid at NOW for half an hour; `undefined` removes a claim. */
export const claims = (changes: Readonly<Record<string, unknown>> = {}) => ({
  iss: ISSUER,
  aud: "ticker-watch:watch",
  sub: "Ann",
  exp: NOW_SECONDS + 1_800,
  ...changes,
});

/** Signs the first two parts of a token. */
export type Signer = (input: string) => Buffer;

export const ed25519 =
  (key: KeyObject): Signer =>
  (input) =>
    sign(null, Buffer.from(input), key);
export const rs256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign("sha256", Buffer.from(input), key);
export const es256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
export const hs256 =
  (secret: string): Signer =>
  (input) =>
    createHmac("sha256", secret).update(input).digest();

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of these parts, without validation. */
export function tokenOf(header: object, payload: unknown, signer: Signer): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${signer(input).toString("base64url")}`;
}

export const publicPem = ({ publicKey }: { publicKey: KeyObject }) =>
  publicKey.export({ type: "spki", format: "pem" }).toString();
export const privatePem = ({ privateKey }: { privateKey: KeyObject }) =>
  privateKey.export({ type: "pkcs8", format: "pem" }).toString();
