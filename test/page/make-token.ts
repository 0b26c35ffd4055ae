const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");

/** A token with an invalid signature, which the page does not verify. */
export function makeToken(user: string, expiresAt: Date, claims: object = {}): string {
  const payload = { iss: "ticker-watch", sub: user, exp: expiresAt.getTime() / 1000, ...claims };
  return `${part({ alg: "EdDSA", typ: "JWT" })}.${part(payload)}.c2lnbmVkIGJ5IG5vYm9keQ`;
}

/** Expiry of tokens that do not expire during a test. */
export const LATER = new Date(Date.now() + 24 * 60 * 60 * 1000);
