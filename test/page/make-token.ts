const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");

/** A token as the service makes them, but signed by nobody: the page cannot tell. */
export function makeToken(user: string, expiresAt: Date, claims: object = {}): string {
  const payload = { iss: "ticker-watch", sub: user, exp: expiresAt.getTime() / 1000, ...claims };
  return `${part({ alg: "EdDSA", typ: "JWT" })}.${part(payload)}.c2lnbmVkIGJ5IG5vYm9keQ`;
}

/** Until when the tokens of tests hold that do not end within a test. */
export const LATER = new Date(Date.now() + 24 * 60 * 60 * 1000);
