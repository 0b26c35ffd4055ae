import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createVerifyToken } from "#lambdas/tokens/verify-token.ts";
import type { ClaimRules } from "#protocol/claim-rules.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { type IssuerExample, readIssuerExamples, rulesOf } from "./issuer-examples.ts";
import { claims, ISSUER, NOW, rs256, tokenOf } from "./tokens.ts";

/*
 * Tokens in the format of public issuers, with the settings of docs/security.md and keys fetched over HTTP. Does
 * not prove that the issuers create such tokens.
 */
const EXAMPLES = readIssuerExamples();
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = (key: KeyObject) => ({ ...key.export({ format: "jwk" }), kid: "one", use: "sig" });

let server: Server;
let jwksUrl: string;
beforeAll(async () => {
  const body = JSON.stringify({ keys: [jwk(keys.publicKey)] });
  server = createServer((_request, response) => response.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});
afterAll(() => server.close());

const sign = (payload: object) => tokenOf({ alg: "RS256", kid: "one" }, payload, rs256(keys.privateKey));

function verifierOf(example: IssuerExample) {
  const issuer = `${example.settings["tokenIssuer"]}`;
  const issuedAt = new Date(Number(example.payload["iat"]) * 1_000);
  return createVerifyToken({ issuer, jwksUrl, claimRules: rulesOf(example) }, () => issuedAt);
}

test("docs/security.md contains examples for Auth0, Amazon Cognito, Okta and Entra ID", () => {
  expect(EXAMPLES.map(({ name }) => name)).toEqual(["Auth0", "Amazon Cognito", "Okta", "Entra ID"]);
});

test.each(EXAMPLES)("accepts a watch token of $name with the documented settings", async (example) => {
  const verify = verifierOf(example);
  const { userClaim } = rulesOf(example);
  expect(await verify(sign(example.payload), WATCH_AUDIENCE)).toEqual({
    ok: true,
    subject: example.payload[userClaim],
    expiresAt: new Date(Number(example.payload["exp"]) * 1_000),
  });
});

test.each(EXAMPLES)(
  "rejects a watch token of $name for publishing, and accepts a publish token",
  async (example) => {
    const verify = verifierOf(example);
    const { audienceClaim, audiences } = rulesOf(example);
    expect(await verify(sign(example.payload), PUBLISH_AUDIENCE)).toEqual({
      ok: false,
      problem: `Expected a token for ${audiences[PUBLISH_AUDIENCE]} (\`${audienceClaim}\`), got one for another audience.`,
    });
    const toPublish = sign({ ...example.payload, [audienceClaim]: audiences[PUBLISH_AUDIENCE] });
    expect(await verify(toPublish, PUBLISH_AUDIENCE)).toMatchObject({ ok: true });
    expect(await verify(toPublish, WATCH_AUDIENCE)).toMatchObject({ ok: false });
  },
);

const RULES: ClaimRules = {
  userClaim: "https://example.com/user",
  audienceClaim: "client_id",
  audiences: { [WATCH_AUDIENCE]: "client-to-watch", [PUBLISH_AUDIENCE]: "client-to-publish" },
};
const verifyWith = async (rules: Partial<ClaimRules>, changes: object) =>
  await createVerifyToken({ issuer: ISSUER, jwksUrl, claimRules: { ...RULES, ...rules } }, () => NOW)(
    sign({ ...claims(), client_id: "client-to-watch", "https://example.com/user": "auth0|ann", ...changes }),
    WATCH_AUDIENCE,
  );

test("reads a user claim whose name is a URL as one key", async () => {
  expect(await verifyWith({}, {})).toMatchObject({ ok: true, subject: "auth0|ann" });
});

const OTHER = "Expected a token for client-to-watch (`client_id`), got one for another audience.";
test.each([
  [
    "the user claim is absent",
    { "https://example.com/user": undefined },
    "Expected the token to contain its user (`https://example.com/user`).",
  ],
  [
    "the user claim is an object",
    { "https://example.com/user": { id: "ann" } },
    "Expected the token's user (`https://example.com/user`) to be a string, got type object.",
  ],
  [
    "the user claim is nested",
    { "https://example.com/user": undefined, "https://example": { "com/user": "ann" } },
    "Expected the token to contain its user (`https://example.com/user`).",
  ],
  ["the client id is absent", { client_id: undefined }, OTHER],
  ["the client id is empty", { client_id: "" }, OTHER],
  ["the client id is another one", { client_id: "client-to-publish" }, OTHER],
  ["only aud has the value", { client_id: "x", aud: "client-to-watch" }, OTHER],
  [
    "the client id is a list",
    { client_id: ["client-to-watch"] },
    "Expected the token's audience (`client_id`) to be a string, got a list.",
  ],
  [
    "the client id is a number",
    { client_id: 7 },
    "Expected the token's audience (`client_id`) to be a string, got type number.",
  ],
  [
    "the client id is null",
    { client_id: null },
    "Expected the token's audience (`client_id`) to be a string, got null.",
  ],
])("rejects a token of an external issuer when %s", async (_what, changes, problem) => {
  expect(await verifyWith({}, changes)).toEqual({ ok: false, problem });
});

test.each(["toString", "constructor", "__proto__", "hasOwnProperty"])(
  "rejects a token when the configured claim is %s, inherited by every JavaScript object",
  async (claim) => {
    expect(await verifyWith({ userClaim: claim }, {})).toMatchObject({ ok: false });
    expect(await verifyWith({ audienceClaim: claim }, {})).toMatchObject({ ok: false });
  },
);

test("accepts the configured audience in a list of `aud`", async () => {
  const rules = { audienceClaim: "aud" };
  expect(await verifyWith(rules, { aud: ["else", "client-to-watch"] })).toMatchObject({ ok: true });
  expect(await verifyWith(rules, { aud: ["else"] })).toMatchObject({ ok: false });
  // The audiences of the stack's own tokens are not accepted then.
  expect(await verifyWith(rules, { aud: WATCH_AUDIENCE })).toMatchObject({ ok: false });
});
