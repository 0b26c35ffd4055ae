import { generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createVerifyToken } from "#lambdas/tokens/verify-token.ts";
import { TokenKeysError } from "#protocol/errors.ts";
import { WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { claims, ed25519, es256, hs256, ISSUER, NOW, NOW_SECONDS, rs256, tokenOf } from "./tokens.ts";

/* Tokens of an outside issuer, whose keys come over HTTP. That a key which is replaced is found takes 30 s, and is jose's part. */
const ed = generateKeyPairSync("ed25519");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = (key: KeyObject, kid: string): JsonWebKey => ({ ...key.export({ format: "jwk" }), kid });
const KEYS = {
  keys: [
    jwk(ed.publicKey, "ed"),
    jwk(rsa.publicKey, "rsa"),
    jwk(ec.publicKey, "ec"),
    jwk(short.publicKey, "short"),
    jwk(ed.privateKey, "private"),
  ],
};

let answer: { readonly status: number; readonly body: string; readonly location?: string };
let fetches: number;
let server: Server;
let jwksUrl: string;
beforeAll(async () => {
  server = createServer((_request, response) => {
    fetches += 1;
    const { status, body, location } = answer;
    response.writeHead(status, location ? { location } : {}).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
});
afterAll(() => server.close());
beforeEach(() => {
  answer = { status: 200, body: JSON.stringify(KEYS) };
  fetches = 0;
});

const create = (url = jwksUrl) => createVerifyToken({ issuer: ISSUER, jwksUrl: url }, () => NOW);
const edToken = (changes: Readonly<Record<string, unknown>> = {}, kid = "ed") =>
  tokenOf({ alg: "EdDSA", kid }, claims(changes), ed25519(ed.privateKey));
const ACCEPTED = { ok: true, subject: "Ann", expiresAt: new Date("2026-11-21T10:30:00Z") };

test.each([
  ["EdDSA", edToken()],
  ["RS256", tokenOf({ alg: "RS256", kid: "rsa" }, claims(), rs256(rsa.privateKey))],
  ["ES256", tokenOf({ alg: "ES256", kid: "ec" }, claims(), es256(ec.privateKey))],
  ["ES256, of the only such key", tokenOf({ alg: "ES256" }, claims(), es256(ec.privateKey))],
])("takes a token signed with %s", async (_algorithm, token) => {
  expect(await create()(token, WATCH_AUDIENCE)).toEqual(ACCEPTED);
});

test("fetches the keys once for many tokens, and not before the first", async () => {
  const verify = create();
  expect(fetches).toBe(0);
  await verify(edToken(), WATCH_AUDIENCE);
  await verify(edToken({ sub: "Bob" }), WATCH_AUDIENCE);
  expect(fetches).toBe(1);
});

const NO_KEY = `The token is signed with a key that ${ISSUER} does not have. Get a new one.`;
const CHANGED = `The token is not signed by ${ISSUER}, or was changed.`;

test.each([
  ["a key that the issuer does not have", edToken({}, "gone"), NO_KEY],
  ["a key of another kind than its algorithm", edToken({}, "rsa"), NO_KEY],
  [
    "one of several keys, and does not say which",
    tokenOf({ alg: "EdDSA" }, claims(), ed25519(ed.privateKey)),
    `Expected the token to name its key (\`kid\`), for ${ISSUER} has several.`,
  ],
  [
    "another key than it says",
    tokenOf({ alg: "EdDSA", kid: "ed" }, claims(), ed25519(generateKeyPairSync("ed25519").privateKey)),
    CHANGED,
  ],
])("refuses a token that is signed with %s", async (_what, token, problem) => {
  expect(await create()(token, WATCH_AUDIENCE)).toEqual({ ok: false, problem });
});

test("asks again for a key that it does not know at most every 30 s", async () => {
  const verify = create();
  for (const kid of ["a", "b", "c"]) await verify(edToken({}, kid), WATCH_AUDIENCE);
  expect(fetches).toBe(1);
});

test.each([
  ["none", tokenOf({ alg: "none", kid: "ed" }, claims(), () => Buffer.alloc(0))],
  ["HS256", tokenOf({ alg: "HS256", kid: "rsa" }, claims(), hs256(JSON.stringify(KEYS.keys[1])))],
  ["PS256", tokenOf({ alg: "PS256", kid: "rsa" }, claims(), rs256(rsa.privateKey))],
])("refuses the algorithm %s without asking the issuer", async (_algorithm, token) => {
  expect(await create()(token, WATCH_AUDIENCE)).toEqual({
    ok: false,
    problem: "Expected a token signed with EdDSA or ES256 or RS256.",
  });
  expect(fetches).toBe(0);
});

test("lets the issuer's clock be five seconds off, either way, and no more", async () => {
  const verify = create();
  const early = { ...ACCEPTED, expiresAt: new Date("2026-11-21T09:59:56Z") };
  expect(await verify(edToken({ exp: NOW_SECONDS - 4 }), WATCH_AUDIENCE)).toEqual(early);
  expect(await verify(edToken({ nbf: NOW_SECONDS + 5 }), WATCH_AUDIENCE)).toEqual(ACCEPTED);
  expect(await verify(edToken({ exp: NOW_SECONDS - 5 }), WATCH_AUDIENCE)).toEqual({
    ok: false,
    problem: "The token has expired. Get a new one.",
  });
  expect(await verify(edToken({ nbf: NOW_SECONDS + 6 }), WATCH_AUDIENCE)).toEqual({
    ok: false,
    problem: "The token does not hold yet (`nbf`).",
  });
});

const faultOf = async (verifying: Promise<unknown>): Promise<unknown> =>
  await verifying.then(
    () => undefined,
    (error: unknown) => error,
  );

test.each([
  ["an error", { status: 500, body: JSON.stringify(KEYS) }],
  ["not found", { status: 404, body: "" }],
  ["another address", { status: 302, body: "", location: "/elsewhere" }],
  ["no JSON", { status: 200, body: "<html>" }],
  ["JSON that is no key set", { status: 200, body: '{"keys":7}' }],
])("fails, and refuses nobody, when the issuer answers with %s", async (_what, bad) => {
  const verify = create();
  answer = bad;
  const fault = await faultOf(verify(edToken(), WATCH_AUDIENCE));
  expect(fault).toEqual(
    new TokenKeysError(
      `Expected ${jwksUrl} to answer with a JSON Web Key Set of public keys. Without it no token of this issuer can be verified.`,
    ),
  );
  expect(fault).toMatchObject({
    code: "TOKEN_KEYS",
    cause: { name: expect.stringMatching(/^JOSEError$|^JWKSInvalid$/) },
  });
  answer = { status: 200, body: JSON.stringify(KEYS) };
  expect(await verify(edToken(), WATCH_AUDIENCE)).toEqual(ACCEPTED);
});

test("fails when nobody listens there", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  const fault = await faultOf(create(`http://127.0.0.1:${port}/`)(edToken(), WATCH_AUDIENCE));
  expect(fault).toMatchObject({ code: "TOKEN_KEYS", cause: { cause: { code: "ECONNREFUSED" } } });
});

test.each([
  ["private", edToken({}, "private")],
  ["too short", tokenOf({ alg: "RS256", kid: "short" }, claims(), rs256(short.privateKey))],
])("fails on a key that is %s", async (_what, token) => {
  const fault = await faultOf(create()(token, WATCH_AUDIENCE));
  expect(fault).toBeInstanceOf(TokenKeysError);
});
