import { generateKeyPairSync } from "node:crypto";
import type { Context } from "aws-lambda";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { UnknownEventError } from "#protocol/errors.ts";
import { deepJson } from "../hostile-json.ts";
import { claims, ed25519, ISSUER, publicPem, tokenOf } from "../tokens/tokens.ts";
import { connectEvent, httpEvent } from "./events.ts";

/* Any event, with any token but a good one. Does not prove that a good one is let in. */
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
const good = (audience: unknown) => claims({ aud: audience, exp: FAR });
const BOTH = ["ticker-watch:watch", "ticker-watch:publish"];
const GOOD = tokenOf({ alg: "EdDSA" }, good(BOTH), ed25519(own.privateKey));
const part = fc.base64String().map((text) => text.replace(/[+/=]/g, "_"));

/** A header, with anything in it, of what only another key has signed. */
const header = fc.record(
  {
    alg: fc.constantFrom("EdDSA", "none", "HS256", "RS256", "Ed25519", 7),
    kid: fc.string(),
    crit: fc.anything(),
  },
  { requiredKeys: [] },
);
/** Claims of which at least one is wrong, signed by the right key. */
const claim = fc.oneof(
  fc.anything().map((aud) => good([aud])),
  fc.anything().map((exp) => ({ ...good(BOTH), exp: [exp] })),
  fc.integer({ max: 1_700_000_000 }).map((exp) => ({ ...good(BOTH), exp })),
  fc.nat().map((later) => ({ ...good(BOTH), nbf: FAR + later })),
  fc.string().map((iss) => ({ ...good(BOTH), iss: `${iss}!` })),
  fc.string().map((sub) => ({ ...good(BOTH), sub: `${sub} ` })),
  fc.jsonValue(),
);
const token = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.tuple(part, part, part).map((parts) => parts.join(".")),
  header.map((fields) => tokenOf(fields, good(BOTH), ed25519(other.privateKey))),
  claim.map((payload) => tokenOf({ alg: "EdDSA" }, payload ?? null, ed25519(own.privateKey))),
  // Not its last character, of which four bits say nothing.
  fc
    .tuple(fc.integer({ min: 1, max: GOOD.length - 2 }), fc.string({ minLength: 1, maxLength: 3 }))
    .map(([at, text]) => GOOD.slice(0, at) + text + GOOD.slice(at + 1))
    .filter((changed) => changed !== GOOD),
  fc.constant(GOOD).map((text) => `${text},${text}`),
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

test("no event but one with a good token lets anybody in, and each gets an answer or a fault of ours", async () => {
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

test("the token that the others are made from is a good one", async () => {
  const answer = await handler(httpEvent({ authorization: `Bearer ${GOOD}` }), {} as Context);
  expect(answer).toEqual({ isAuthorized: true, context: { userId: "Ann" } });
});
