import { generateKeyPairSync } from "node:crypto";
import type { Context } from "aws-lambda";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { UnknownEventError } from "#protocol/errors.ts";
import { deepJson } from "../hostile-json.ts";
import { claims, ed25519, ISSUER, publicPem, tokenOf } from "../tokens/tokens.ts";
import { connectEvent, httpEvent } from "./events.ts";

/* Events with invalid tokens. Acceptance of valid tokens is tested in handler.test.ts. */
const own = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
let handler: typeof import("#lambdas/authorize/handler.ts").handler;
beforeAll(async () => {
  vi.stubEnv("TOKEN_ISSUER", ISSUER);
  vi.stubEnv("TOKEN_PUBLIC_KEY", publicPem(own));
  ({ handler } = await import("#lambdas/authorize/handler.ts"));
});
afterAll(() => {
  vi.unstubAllEnvs();
});

const FAR = 32_503_680_000;
const validClaims = (audience: unknown) => claims({ aud: audience, exp: FAR });
const BOTH = ["ticker-watch:watch", "ticker-watch:publish"];
const VALID = tokenOf({ alg: "EdDSA" }, validClaims(BOTH), ed25519(own.privateKey));
const part = fc.base64String().map((text) => text.replace(/[+/=]/g, "_"));

/** Arbitrary headers of tokens signed with another key. */
const header = fc.record(
  {
    alg: fc.constantFrom("EdDSA", "none", "HS256", "RS256", "Ed25519", 7),
    kid: fc.string(),
    crit: fc.anything(),
  },
  { requiredKeys: [] },
);
/** Claims of tokens signed with the right key, at least one of them invalid. */
const claim = fc.oneof(
  fc.anything().map((aud) => validClaims([aud])),
  fc.anything().map((exp) => ({ ...validClaims(BOTH), exp: [exp] })),
  fc.integer({ max: 1_700_000_000 }).map((exp) => ({ ...validClaims(BOTH), exp })),
  fc.nat().map((later) => ({ ...validClaims(BOTH), nbf: FAR + later })),
  fc.string().map((iss) => ({ ...validClaims(BOTH), iss: `${iss}!` })),
  fc.string().map((sub) => ({ ...validClaims(BOTH), sub: `${sub} ` })),
  fc.jsonValue(),
);
const token = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.tuple(part, part, part).map((parts) => parts.join(".")),
  header.map((fields) => tokenOf(fields, validClaims(BOTH), ed25519(other.privateKey))),
  claim.map((payload) => tokenOf({ alg: "EdDSA" }, payload ?? null, ed25519(own.privateKey))),
  // Not the last character, four bits of which are unused.
  fc
    .tuple(fc.integer({ min: 1, max: VALID.length - 2 }), fc.string({ minLength: 1, maxLength: 3 }))
    .map(([at, text]) => VALID.slice(0, at) + text + VALID.slice(at + 1))
    .filter((changed) => changed !== VALID),
  fc.constant(VALID).map((text) => `${text},${text}`),
);
const value = fc.oneof(
  token,
  token.map((text) => `ticker-watch, ${text}`),
  token.map((text) => `Bearer ${text}`),
);
const name = fc.constantFrom("authorization", "Authorization", "Sec-WebSocket-Protocol", "x", "__proto__");
const headers = fc.dictionary(name, value);
const event = fc.oneof(
  { weight: 6, arbitrary: headers.map(connectEvent) },
  { weight: 6, arbitrary: headers.map(httpEvent) },
  { weight: 1, arbitrary: fc.anything() },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("headers", "type", "methodArn", "version"), deepJson)
      .map(([field, json]) => ({ ...connectEvent({}), [field]: JSON.parse(json) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(headers.map(httpEvent), fc.constantFrom("version", "type", "routeArn", "headers"), fc.anything())
      .map(([base, field, changed]) => ({ ...base, [field]: changed })),
  },
);

test("handler denies or throws a documented error for any event without a valid token", async () => {
  await fc.assert(
    fc.asyncProperty(event, async (raw) => {
      const answer: unknown = await handler(raw, {} as Context).catch((error: unknown) => error);
      if (answer instanceof Error) {
        expect(answer instanceof UnknownEventError || answer.message === "Unauthorized").toBe(true);
        return;
      }
      expect([
        { isAuthorized: false },
        {
          principalId: "unknown",
          policyDocument: {
            Version: "2012-10-17",
            Statement: [
              { Action: "execute-api:Invoke", Effect: "Deny", Resource: connectEvent({}).methodArn },
            ],
          },
        },
      ]).toContainEqual(answer);
    }),
    { numRuns: 1_000 },
  );
});

test("handler accepts the token from which the invalid ones are derived", async () => {
  const answer = await handler(httpEvent({ authorization: `Bearer ${VALID}` }), {} as Context);
  expect(answer).toEqual({ isAuthorized: true, context: { userId: "Ann" } });
});
