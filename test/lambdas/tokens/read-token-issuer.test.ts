import { expect, test } from "vitest";
import { readTokenIssuer } from "#lambdas/tokens/read-token-issuer.ts";
import { EnvironmentError } from "#protocol/errors.ts";

/* Reading of the environment. The key itself is validated by createVerifyToken. */
const TOKEN_ISSUER = "https://issuer.example";
const TOKEN_PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----";
const TOKEN_JWKS_URL = "https://issuer.example/jwks.json";

const CLAIMS = {
  TOKEN_USER_CLAIM: "username",
  TOKEN_AUDIENCE_CLAIM: "client_id",
  TOKEN_WATCH_AUDIENCE: "client-to-watch",
  TOKEN_PUBLISH_AUDIENCE: "client-to-publish",
};

test("readTokenIssuer returns the stack's own issuer with its public key", () => {
  expect(readTokenIssuer({ TOKEN_ISSUER, TOKEN_PUBLIC_KEY, TOKEN_JWKS_URL: "" })).toEqual({
    issuer: TOKEN_ISSUER,
    publicKeyPem: TOKEN_PUBLIC_KEY,
  });
});

test.each([
  TOKEN_JWKS_URL,
  "http://127.0.0.1:9000/jwks.json",
  "http://localhost:9000/jwks.json",
  "http://[::1]:9000/jwks.json",
])("readTokenIssuer returns an external issuer with the key set at %s", (jwksUrl) => {
  expect(readTokenIssuer({ TOKEN_ISSUER, TOKEN_JWKS_URL: jwksUrl, ...CLAIMS })).toEqual({
    issuer: TOKEN_ISSUER,
    jwksUrl,
    claimRules: {
      userClaim: "username",
      audienceClaim: "client_id",
      audiences: {
        "ticker-watch:watch": "client-to-watch",
        "ticker-watch:publish": "client-to-publish",
      },
    },
  });
});

const ONE_OF = "Expected the environment to have one of TOKEN_PUBLIC_KEY and TOKEN_JWKS_URL, got";
test.each([
  [
    { TOKEN_PUBLIC_KEY },
    "Expected the environment to have TOKEN_ISSUER, but TOKEN_ISSUER is missing or empty. " +
      "The Pulumi program declares them with the function: see infra/.",
  ],
  [{ TOKEN_ISSUER }, `${ONE_OF} neither. The Pulumi program declares them with the function: see infra/.`],
  [
    { TOKEN_ISSUER, TOKEN_PUBLIC_KEY, TOKEN_JWKS_URL },
    `${ONE_OF} both. The Pulumi program declares them with the function: see infra/.`,
  ],
  [
    { TOKEN_ISSUER, TOKEN_JWKS_URL: "jwks" },
    "Expected what ends in _URL to be a URL, got TOKEN_JWKS_URL=jwks.",
  ],
  [
    { TOKEN_ISSUER, TOKEN_JWKS_URL: "http://issuer.example/jwks.json" },
    "Expected TOKEN_JWKS_URL to begin with https://, got http://issuer.example/jwks.json.",
  ],
  [
    { TOKEN_ISSUER, TOKEN_JWKS_URL: "ftp://127.0.0.1/jwks.json" },
    "Expected TOKEN_JWKS_URL to begin with https://, got ftp://127.0.0.1/jwks.json.",
  ],
  [
    { TOKEN_ISSUER, TOKEN_JWKS_URL, ...CLAIMS, TOKEN_USER_CLAIM: "", TOKEN_PUBLISH_AUDIENCE: undefined },
    "Expected the environment to have TOKEN_USER_CLAIM, TOKEN_AUDIENCE_CLAIM, TOKEN_WATCH_AUDIENCE, TOKEN_PUBLISH_AUDIENCE, " +
      "but TOKEN_USER_CLAIM, TOKEN_PUBLISH_AUDIENCE is missing or empty. " +
      "The Pulumi program declares them with the function: see infra/.",
  ],
  [
    { TOKEN_ISSUER, TOKEN_JWKS_URL, ...CLAIMS, TOKEN_PUBLISH_AUDIENCE: "client-to-watch" },
    "Expected TOKEN_WATCH_AUDIENCE and TOKEN_PUBLISH_AUDIENCE to differ, got client-to-watch for both. " +
      "Otherwise a watch token would permit publishing.",
  ],
])("readTokenIssuer throws EnvironmentError for %j", (environment, message) => {
  expect(() => readTokenIssuer(environment)).toThrow(new EnvironmentError(message));
});
