import { generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createVerifyToken } from "#lambdas/tokens/verify-token.ts";
import { TokenKeysError } from "#protocol/errors.ts";
import { WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { claims, ed25519, es256, hs256, ISSUER, NOW, NOW_SECONDS, rs256, tokenOf } from "./tokens.ts";

/* Tokens of an external issuer with keys fetched over HTTP. Key rotation, for which jose waits 30 s, is not tested. */
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
  ["ES256 and no key id, with one such key", tokenOf({ alg: "ES256" }, claims(), es256(ec.privateKey))],
])("accepts a token of an external issuer signed with %s", async (_algorithm, token) => {
  expect(await create()(token, WATCH_AUDIENCE)).toEqual(ACCEPTED);
});

test("fetches the key set once for several tokens, and not before the first", async () => {
  const verify = create();
  expect(fetches).toBe(0);
  await verify(edToken(), WATCH_AUDIENCE);
  await verify(edToken({ sub: "Bob" }), WATCH_AUDIENCE);
  expect(fetches).toBe(1);
});

const NO_KEY = `The token is signed with a key that ${ISSUER} does not have. Get a new one.`;
const CHANGED = `The token is not signed by ${ISSUER}, or was changed.`;

test.each([
  ["an unknown key id", edToken({}, "gone"), NO_KEY],
  ["the id of a key of another type", edToken({}, "rsa"), NO_KEY],
  [
    "no key id where several keys match",
    tokenOf({ alg: "EdDSA" }, claims(), ed25519(ed.privateKey)),
    `Expected the token to contain a key id (\`kid\`), because ${ISSUER} has several keys.`,
  ],
  [
    "a key other than the one of its id",
    tokenOf({ alg: "EdDSA", kid: "ed" }, claims(), ed25519(generateKeyPairSync("ed25519").privateKey)),
    CHANGED,
  ],
])("rejects a token of an external issuer with %s", async (_what, token, problem) => {
  expect(await create()(token, WATCH_AUDIENCE)).toEqual({ ok: false, problem });
});

test("fetches the key set at most every 30 s for unknown key ids", async () => {
  const verify = create();
  for (const kid of ["a", "b", "c"]) await verify(edToken({}, kid), WATCH_AUDIENCE);
  expect(fetches).toBe(1);
});

test.each([
  ["none", tokenOf({ alg: "none", kid: "ed" }, claims(), () => Buffer.alloc(0))],
  ["HS256", tokenOf({ alg: "HS256", kid: "rsa" }, claims(), hs256(JSON.stringify(KEYS.keys[1])))],
  ["PS256", tokenOf({ alg: "PS256", kid: "rsa" }, claims(), rs256(rsa.privateKey))],
])("rejects the algorithm %s without fetching the key set", async (_algorithm, token) => {
  expect(await create()(token, WATCH_AUDIENCE)).toEqual({
    ok: false,
    problem: "Expected a token signed with EdDSA or ES256 or RS256.",
  });
  expect(fetches).toBe(0);
});

test("allows a clock skew of five seconds in both directions for an external issuer", async () => {
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
    problem: "The token is not valid yet (`nbf`).",
  });
});

const faultOf = async (verifying: Promise<unknown>): Promise<unknown> =>
  await verifying.then(
    () => undefined,
    (error: unknown) => error,
  );

test.each([
  ["status 500", { status: 500, body: JSON.stringify(KEYS) }],
  ["status 404", { status: 404, body: "" }],
  ["a redirect", { status: 302, body: "", location: "/elsewhere" }],
  ["a body that is not JSON", { status: 200, body: "<html>" }],
  ["JSON that is not a key set", { status: 200, body: '{"keys":7}' }],
])(
  "throws TokenKeysError when the issuer returns %s, and accepts a token after recovery",
  async (_what, bad) => {
    const verify = create();
    answer = bad;
    const fault = await faultOf(verify(edToken(), WATCH_AUDIENCE));
    expect(fault).toEqual(
      new TokenKeysError(
        `Expected ${jwksUrl} to return a JSON Web Key Set of public keys. Without it no token of this issuer can be verified.`,
      ),
    );
    expect(fault).toMatchObject({
      code: "TOKEN_KEYS",
      cause: { name: expect.stringMatching(/^JOSEError$|^JWKSInvalid$/) },
    });
    answer = { status: 200, body: JSON.stringify(KEYS) };
    expect(await verify(edToken(), WATCH_AUDIENCE)).toEqual(ACCEPTED);
  },
);

test("throws TokenKeysError when the connection to the issuer is refused", async () => {
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
])("throws TokenKeysError when the key of a token is %s", async (_what, token) => {
  const fault = await faultOf(create()(token, WATCH_AUDIENCE));
  expect(fault).toBeInstanceOf(TokenKeysError);
});
