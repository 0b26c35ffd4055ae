import { generateKeyPairSync } from "node:crypto";
import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { logger } from "#lambdas/log.ts";
import { UnknownEventError } from "#protocol/errors.ts";
import { claims, ed25519, hs256, ISSUER, NOW, NOW_SECONDS, publicPem, tokenOf } from "../tokens/tokens.ts";
import { connectEvent, httpEvent, METHOD_ARN } from "./events.ts";

/* Responses and log lines of the authorizer. API Gateway's reaction is tested in test/emulator/apigateway. */
const own = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
let handler: typeof import("#lambdas/authorize/handler.ts").handler;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  vi.stubEnv("TOKEN_ISSUER", ISSUER);
  vi.stubEnv("TOKEN_PUBLIC_KEY", publicPem(own));
  ({ handler } = await import("#lambdas/authorize/handler.ts"));
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"] as const;

/** The response of the handler, or its error, and the logged lines. */
async function authorize(event: unknown) {
  const log: unknown[] = [];
  for (const level of LEVELS) {
    vi.spyOn(logger, level).mockImplementation((...line) => {
      log.push([level, ...line]);
    });
  }
  const answer: unknown = await handler(event, {} as Context).catch((error: unknown) => error);
  return { answer, log };
}

const signed = (changes: Readonly<Record<string, unknown>>) =>
  tokenOf({ alg: "EdDSA" }, claims(changes), ed25519(own.privateKey));
const WATCH = signed({});
const PUBLISH = signed({ aud: "ticker-watch:publish", sub: "operator" });
const connectWith = (token: string) => connectEvent({ "Sec-WebSocket-Protocol": `ticker-watch, ${token}` });
const postWith = (token: string) => httpEvent({ authorization: `Bearer ${token}` });

const policy = (Effect: string) => ({
  Version: "2012-10-17",
  Statement: [{ Action: "execute-api:Invoke", Effect, Resource: METHOD_ARN }],
});
const DENIED = { principalId: "unknown", policyDocument: policy("Deny") };

test("handler allows the user of a watch token to connect, and logs nothing", async () => {
  expect(await authorize(connectWith(WATCH))).toEqual({
    answer: { principalId: "Ann", policyDocument: policy("Allow"), context: { userId: "Ann" } },
    log: [],
  });
});

test("handler allows the user of a publish token to publish, and logs nothing", async () => {
  expect(await authorize(postWith(PUBLISH))).toEqual({
    answer: { isAuthorized: true, context: { userId: "operator" } },
    log: [],
  });
});

test.each([
  ["without a subprotocol", connectEvent({})],
  ["with the subprotocol only", connectEvent({ "Sec-WebSocket-Protocol": "ticker-watch" })],
  ["with a token in another header", connectEvent({ Authorization: `Bearer ${WATCH}` })],
])("handler throws Unauthorized, for a 401, on $connect %s", async (_what, event) => {
  const { answer, log } = await authorize(event);
  expect([answer, (answer as Error).name, log]).toEqual([new Error("Unauthorized"), "Error", []]);
});

test("handler denies publishing without a token", async () => {
  expect(await authorize(httpEvent({}))).toEqual({
    answer: { isAuthorized: false },
    log: [["info", "Refused a token", { api: "publish", problem: "Expected a token, got none." }]],
  });
});

const wrong = (audience: string) =>
  `Expected a token for ${audience} (\`aud\`), got one for another audience.`;

test("handler denies connecting with a publish token and publishing with a watch token", async () => {
  expect(await authorize(connectWith(PUBLISH))).toEqual({
    answer: DENIED,
    log: [["info", "Refused a token", { api: "watch", problem: wrong("ticker-watch:watch") }]],
  });
  expect(await authorize(postWith(WATCH))).toEqual({
    answer: { isAuthorized: false },
    log: [["info", "Refused a token", { api: "publish", problem: wrong("ticker-watch:publish") }]],
  });
});

/** Valid for both audiences, so that only the named claim is invalid. */
const BOTH = { aud: ["ticker-watch:watch", "ticker-watch:publish"] };
const bad = (changes: Readonly<Record<string, unknown>>) => signed({ ...BOTH, ...changes });
const REFUSED: readonly (readonly [string, string, string])[] = [
  ["that has expired", bad({ exp: NOW_SECONDS }), "The token has expired. Get a new one."],
  ["that is not valid yet", bad({ nbf: NOW_SECONDS + 1 }), "The token is not valid yet (`nbf`)."],
  [
    "of another issuer",
    bad({ iss: "https://other.example" }),
    "Expected a token of https://issuer.example (`iss`), got one of another issuer.",
  ],
  [
    "signed with another key",
    tokenOf({ alg: "EdDSA" }, claims(BOTH), ed25519(other.privateKey)),
    "The token is not signed by https://issuer.example, or was changed.",
  ],
  [
    "without a signature",
    tokenOf({ alg: "none" }, claims(BOTH), () => Buffer.alloc(0)),
    "Expected a token signed with EdDSA.",
  ],
  [
    "signed with the public key as a secret",
    tokenOf({ alg: "HS256" }, claims(BOTH), hs256(publicPem(own))),
    "Expected a token signed with EdDSA.",
  ],
  [
    "without an expiry",
    bad({ exp: undefined }),
    "Expected the token to contain an expiry time (`exp`) in seconds since 1970.",
  ],
  ["without a user", bad({ sub: undefined }), "Expected the token to contain its user (`sub`)."],
  [
    "with an invalid user id",
    bad({ sub: "../../etc passwd" }),
    "Expected the token's user (`sub`) to be 1 to 128 printable ASCII characters without spaces.",
  ],
  ["of 4,097 characters", "x".repeat(4_097), "Expected a token of at most 4096 characters, got 4097."],
  ["without dots", "QmVhcmVyIGdhcmJhZ2U", "Expected a signed JSON Web Token: three parts separated by dots."],
  ["followed by another one", `${WATCH}, ${PUBLISH}`, "Expected one token, got more."],
];

test.each(REFUSED)(
  "handler denies a token %s, and logs the reason without the token",
  async (_what, token, problem) => {
    const connecting = await authorize(connectWith(token));
    expect(connecting).toEqual({
      answer: DENIED,
      log: [["info", "Refused a token", { api: "watch", problem }]],
    });
    const posting = await authorize(postWith(token));
    expect(posting).toEqual({
      answer: { isAuthorized: false },
      log: [["info", "Refused a token", { api: "publish", problem }]],
    });
    expect(piecesOf(token).filter((piece) => toJson(connecting, posting).includes(piece))).toEqual([]);
  },
);

test("handler throws an error without any part of the token for an unknown event", async () => {
  const { answer, log } = await authorize({ ...postWith(PUBLISH), version: "1.0" });
  expect(answer).toBeInstanceOf(UnknownEventError);
  const text = `${(answer as Error).stack} ${toJson(answer, log)}`;
  expect(piecesOf(PUBLISH).filter((piece) => text.includes(piece))).toEqual([]);
});

test("piecesOf detects a part of a token in a text", () => {
  expect(piecesOf(WATCH).some((piece) => toJson(WATCH.slice(40, 48)).includes(piece))).toBe(true);
});

/** All substrings of six characters. */
function piecesOf(token: string): readonly string[] {
  return Array.from({ length: token.length - 5 }, (_, start) => token.slice(start, start + 6));
}

const toJson = (...values: readonly unknown[]) => JSON.stringify(values);
