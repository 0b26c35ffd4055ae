import { generateKeyPairSync } from "node:crypto";
import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { logger } from "#lambdas/log.ts";
import { UnknownEventError } from "#protocol/errors.ts";
import { claims, ed25519, hs256, ISSUER, NOW, NOW_SECONDS, publicPem, tokenOf } from "../tokens/tokens.ts";
import { connectEvent, httpEvent, METHOD_ARN } from "./events.ts";

/* What the authorizer answers and logs. What API Gateway makes of it is test/emulator/apigateway's part. */
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

/** What the handler answers, or throws, and the lines that it logs. */
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

test("lets the user of a watch token connect, without a word", async () => {
  expect(await authorize(connectWith(WATCH))).toEqual({
    answer: { principalId: "Ann", policyDocument: policy("Allow"), context: { userId: "Ann" } },
    log: [],
  });
});

test("lets the user of a publish token publish, without a word", async () => {
  expect(await authorize(postWith(PUBLISH))).toEqual({
    answer: { isAuthorized: true, context: { userId: "operator" } },
    log: [],
  });
});

test.each([
  ["of no token at all", connectEvent({})],
  ["of only the subprotocol", connectEvent({ "Sec-WebSocket-Protocol": "ticker-watch" })],
  ["of a token elsewhere", connectEvent({ Authorization: `Bearer ${WATCH}` })],
])("asks API Gateway for a 401 because %s", async (_what, event) => {
  const { answer, log } = await authorize(event);
  expect([answer, (answer as Error).name, log]).toEqual([new Error("Unauthorized"), "Error", []]);
});

test("does not let publish without a token", async () => {
  expect(await authorize(httpEvent({}))).toEqual({
    answer: { isAuthorized: false },
    log: [["info", "Refused a token", { api: "publish", problem: "Expected a token, got none." }]],
  });
});

const wrong = (audience: string) =>
  `Expected a token for ${audience} (\`aud\`): this one is for something else.`;

test("does not let connect with a publish token, nor publish with a watch token", async () => {
  expect(await authorize(connectWith(PUBLISH))).toEqual({
    answer: DENIED,
    log: [["info", "Refused a token", { api: "watch", problem: wrong("ticker-watch:watch") }]],
  });
  expect(await authorize(postWith(WATCH))).toEqual({
    answer: { isAuthorized: false },
    log: [["info", "Refused a token", { api: "publish", problem: wrong("ticker-watch:publish") }]],
  });
});

/** For both audiences, so that nothing but what is named is wrong. */
const BOTH = { aud: ["ticker-watch:watch", "ticker-watch:publish"] };
const bad = (changes: Readonly<Record<string, unknown>>) => signed({ ...BOTH, ...changes });
const REFUSED: readonly (readonly [string, string, string])[] = [
  ["expired", bad({ exp: NOW_SECONDS }), "The token has expired. Get a new one."],
  ["not valid yet", bad({ nbf: NOW_SECONDS + 1 }), "The token does not hold yet (`nbf`)."],
  [
    "of another issuer",
    bad({ iss: "https://other.example" }),
    "Expected a token of https://issuer.example (`iss`): this one is another's.",
  ],
  [
    "of another's key",
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
    "endless",
    bad({ exp: undefined }),
    "Expected the token to say when it ends (`exp`), in seconds since 1970.",
  ],
  ["nobody's", bad({ sub: undefined }), "Expected the token to name its user (`sub`)."],
  [
    "of a user that is no name",
    bad({ sub: "../../etc passwd" }),
    "Expected the token's user (`sub`) to be 1 to 128 printable ASCII characters without spaces.",
  ],
  ["too long", "x".repeat(4_097), "Expected a token of at most 4096 characters, got 4097."],
  ["garbage", "QmVhcmVyIGdhcmJhZ2U", "Expected a signed JSON Web Token: three parts with dots between."],
  ["two tokens", `${WATCH}, ${PUBLISH}`, "Expected one token, got more."],
];

test.each(REFUSED)("refuses what is %s, and logs why without the token", async (_what, token, problem) => {
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
  expect(piecesOf(token).filter((piece) => said(connecting, posting).includes(piece))).toEqual([]);
});

test("says nothing of the token in a fault either", async () => {
  const { answer, log } = await authorize({ ...postWith(PUBLISH), version: "1.0" });
  expect(answer).toBeInstanceOf(UnknownEventError);
  const text = `${(answer as Error).stack} ${said(answer, log)}`;
  expect(piecesOf(PUBLISH).filter((piece) => text.includes(piece))).toEqual([]);
});

test("finds a piece of a token where there is one", () => {
  expect(piecesOf(WATCH).some((piece) => said(WATCH.slice(40, 48)).includes(piece))).toBe(true);
});

/** All that are six characters long. */
function piecesOf(token: string): readonly string[] {
  return Array.from({ length: token.length - 5 }, (_, start) => token.slice(start, start + 6));
}

const said = (...values: readonly unknown[]) => JSON.stringify(values);
