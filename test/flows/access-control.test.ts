import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { closeServer, listenOnLoopback } from "#emulator/apigateway/loopback-server.ts";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { allIds } from "#support/all-ids.ts";
import { badTokens, type TokensByFault } from "#support/bad-tokens.ts";
import { publish, setBasket, Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { mintToken, protocolsWith } from "#support/tokens.ts";
import { rs256, tokenOf } from "../lambdas/tokens/tokens.ts";

/*
 * Access control of both APIs through the whole stack, for each route, origin and token; rejected requests
 * have no effect. Does not prove the behaviour of AWS; test/emulator/apigateway names the sources.
 */
let locked: LocalStack;
/** Accepts connections without a token, but requires one to select a user. */
let watchOpen: LocalStack;
beforeAll(async () => {
  [locked, watchOpen] = await Promise.all([startStack(), startStack({ config: { watchAccess: "open" } })]);
});
afterAll(async () => {
  await Promise.all([locked, watchOpen].map((stack) => stack[Symbol.asyncDispose]()));
});

/** The `Origin` header of each kind of client. Programs send none. */
const ORIGINS = {
  "the watch page": () => output(locked, "pageUrl"),
  "a foreign page": () => "https://elsewhere.example",
  "a program": () => undefined,
} as const;
type Client = keyof typeof ORIGINS;
const CLIENTS = Object.keys(ORIGINS) as Client[];

/** The names of the bad tokens. `test.each` needs them before the stack can create the tokens. */
const BAD = [
  "expired",
  "not yet valid",
  "with the other audience",
  "without an audience",
  "from another issuer",
  "signed with another key",
  "modified after signing",
  "with the algorithm none",
  "with the algorithm NONE",
  "signed with the public key as an HMAC secret",
  "signed with RSA",
  "signed with ES256",
  "oversized",
  "without an expiry",
  "without a subject",
  "with an invalid user id",
  "not a token",
] as const;

test("the list of bad tokens is complete", () => {
  expect(Object.keys(badTokens(locked, WATCH_AUDIENCE))).toEqual(BAD);
});

/** The ids of all vertices. */
async function listVertexIds(stack: LocalStack): Promise<readonly string[]> {
  await using graph = openGraph(stack.graph);
  const ids: string[] = [];
  for await (const batch of graph.client.stream(allIds())) ids.push(...(batch as string[]));
  return ids.sort();
}

describe("the HTTP API", () => {
  const PATHS = { price: "", broadcast: "/broadcast" } as const;
  const FORMS = { price: "ticker=LOCKED&price=1", broadcast: "message=hello" } as const;
  type Route = keyof typeof PATHS;
  const ROUTES = Object.keys(PATHS) as Route[];

  async function post(route: Route, client: Client, authorization?: string): Promise<number> {
    const origin = ORIGINS[client]();
    const response = await fetch(output(locked, "publishUrl") + PATHS[route], {
      method: "POST",
      headers: {
        ...(origin !== undefined && { origin }),
        ...(authorization !== undefined && { authorization }),
      },
      body: new URLSearchParams(FORMS[route]),
    });
    await response.text();
    return response.status;
  }

  let bad: TokensByFault;
  let good: string;
  let bystander: Watcher;
  let before: readonly string[];
  beforeAll(async () => {
    bad = badTokens(locked, PUBLISH_AUDIENCE);
    good = await mintToken(locked, "publisher", PUBLISH_AUDIENCE);
    bystander = await Watcher.connect(locked);
    await bystander.watch("LOCKED");
    before = await listVertexIds(locked);
  });
  afterAll(() => bystander[Symbol.asyncDispose]());

  const requests = ROUTES.flatMap((route) => CLIENTS.map((client) => [route, client] as const));

  test.each(requests)("a %s post from %s without a token returns 401", async (route, client) => {
    expect(await post(route, client)).toBe(401);
    expect(await post(route, client, "")).toBe(401);
  });

  test.each(requests)("a %s post from %s with a bad token returns 403", async (route, client) => {
    const statuses = BAD.map(async (name) => [name, await post(route, client, `Bearer ${bad[name]}`)]);
    expect(await Promise.all(statuses)).toEqual(BAD.map((name) => [name, 403]));
  });

  test.each(requests)("a %s post from %s with a malformed header returns 403", async (route, client) => {
    const others = [
      good,
      `Basic ${good}`,
      `Bearer`,
      `Bearer ${good} ${good}`,
      `Bearer ${good}, Bearer ${good}`,
    ];
    expect(await Promise.all(others.map((each) => post(route, client, each)))).toEqual(others.map(() => 403));
  });

  test.each(ROUTES)("a %s post from a foreign page with a valid token returns 403", async (route) => {
    expect(await post(route, "a foreign page", `Bearer ${good}`)).toBe(403);
  });

  test("rejected posts store nothing and send nothing", async () => {
    expect(await listVertexIds(locked)).toEqual(before);
    await publish(locked, "ticker=LOCKED&price=2400");
    await bystander.frame((frame) => frame.action === "quotes" && frame.quotes.length === 1);
    expect(bystander.frames.slice(1)).toEqual([
      {
        action: "quotes",
        "connection-id": expect.any(String),
        quotes: [{ ticker: "LOCKED", price: 2400, version: expect.any(Number), at: expect.any(String) }],
      },
    ]);
  });

  test.each(requests.filter(([, client]) => client !== "a foreign page"))(
    "a %s post from %s with a valid token returns 200",
    async (route, client) => {
      expect(await post(route, client, `Bearer ${good}`)).toBe(200);
      expect(await post(route, client, `bearer ${good}`)).toBe(200);
    },
  );

  test("the stack output publishToken is accepted and expires after one year", async () => {
    const token = output(locked, "publishToken");
    expect(await post("price", "a program", `Bearer ${token}`)).toBe(200);
    const { iat, exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(exp - iat).toBe(365 * 24 * 3_600);
  });

  test("a post with a token in the query string returns 401", async () => {
    const query = new URLSearchParams({ token: good, authorization: `Bearer ${good}`, access_token: good });
    const response = await fetch(`${output(locked, "publishUrl")}?${query}`, {
      method: "POST",
      body: new URLSearchParams(FORMS.price),
    });
    expect(response.status).toBe(401);
  });

  test("with open publish access a broadcast without a token still returns 401", async () => {
    await using open = await startStack({ config: { publishAccess: "open" } });
    const anonymous = async (route: Route) => {
      const init = { method: "POST", body: new URLSearchParams(FORMS[route]) };
      return (await fetch(output(open, "publishUrl") + PATHS[route], init)).status;
    };
    expect([await anonymous("price"), await anonymous("broadcast")]).toEqual([200, 401]);
  });
});

describe("the WebSocket API", () => {
  /** The HTTP status of a rejected handshake, or the subprotocol of an accepted one. */
  async function connect(
    protocols: readonly string[],
    client: Client,
    query = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number | string> {
    const origin = ORIGINS[client]();
    const socket = new WebSocket(output(locked, "watchUrl") + query, [...protocols], {
      headers,
      ...(origin !== undefined && { origin }),
    });
    return await new Promise((resolve) => {
      socket.on("error", () => {});
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.once("open", () => {
        resolve(socket.protocol);
        socket.close();
      });
    });
  }

  test.each(CLIENTS)("a handshake from %s without a token returns 401", async (client) => {
    expect(await connect([], client)).toBe(401);
    expect(await connect(["ticker-watch"], client)).toBe(401);
  });

  test.each(CLIENTS)("a handshake from %s with a bad token returns 403 without effect", async (client) => {
    const before = await listVertexIds(locked);
    const bad = badTokens(locked, WATCH_AUDIENCE);
    const names = BAD.filter((name) => name !== "not a token");
    const statuses = names.map(async (name) => [name, await connect(protocolsWith(bad[name] ?? ""), client)]);
    expect(await Promise.all(statuses)).toEqual(names.map((name) => [name, 403]));
    expect(await connect(protocolsWith("garbage"), client)).toBe(403);
    expect(await listVertexIds(locked)).toEqual(before);
  });

  test("a handshake from a foreign page with a valid token returns 403", async () => {
    expect(await connect(protocolsWith(await mintToken(locked, "ann")), "a foreign page")).toBe(403);
  });

  test("a handshake with a token anywhere but after the subprotocol is rejected", async () => {
    const token = await mintToken(locked, "ann");
    expect(await connect([token, "ticker-watch"], "the watch page")).toBe(403);
    expect(await connect(["other", token], "the watch page")).toBe(403);
    expect(await connect(["ticker-watch"], "the watch page", `?token=${token}`)).toBe(401);
    expect(await connect(["ticker-watch"], "a program", "", { authorization: `Bearer ${token}` })).toBe(401);
  });

  test.each(["the watch page", "a program"] as const)(
    "a handshake from %s with a valid token selects the subprotocol `ticker-watch`",
    async (client) => {
      expect(await connect(protocolsWith(await mintToken(locked, "ann")), client)).toBe("ticker-watch");
    },
  );
});

describe("users", () => {
  const isRefused = { action: "error", code: "unauthorized", message: expect.any(String), request: "r" };

  test("the action user selects the token subject and returns unauthorized for another id", async () => {
    await using ann = await Watcher.connect(locked, "ann");
    expect(await ann.ask({ action: "user", id: "bob", request: "r" })).toEqual(isRefused);
    expect(await ann.ask({ action: "user", id: "ann", request: "r" })).toMatchObject({
      user: { id: "ann", version: 0 },
    });
  });

  test("the action authorize selects the subject of its token on an open socket", async () => {
    for (const stack of [locked, watchOpen]) {
      await using watcher = await Watcher.connect(stack);
      const token = await mintToken(stack, "carl");
      expect(await watcher.ask({ action: "authorize", token, request: "r" })).toMatchObject({
        request: "r",
        user: { id: "carl", version: 0 },
      });
    }
  });

  test("the action authorize with a bad token returns an error and changes nothing", async () => {
    await using watcher = await Watcher.connect(watchOpen);
    await watcher.watch("OWN");
    const before = await listVertexIds(watchOpen);
    const bad = badTokens(watchOpen, WATCH_AUDIENCE);
    for (const name of BAD.filter((each) => each !== "oversized")) {
      expect(await watcher.ask({ action: "authorize", token: bad[name], request: "r" })).toEqual(isRefused);
    }
    expect(await watcher.ask({ action: "authorize", token: bad["oversized"], request: "r" })).toMatchObject({
      code: "bad-message",
    });
    expect(await watcher.ask({ action: "authorize", request: "r" })).toMatchObject({ code: "bad-message" });
    expect(await watcher.ask({ action: "user", id: "ann", request: "r" })).toEqual(isRefused);
    expect(await listVertexIds(watchOpen)).toEqual(before);
    expect(await watcher.ask({ action: "unwatch", tickers: ["NONE"] })).toMatchObject({ watching: ["OWN"] });
  });
});

describe("an external token issuer", () => {
  const ISSUER = "https://issuer.example/";
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  let keys: Server;
  let external: LocalStack;
  beforeAll(async () => {
    const jwk = { ...rsa.publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };
    keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    const port = await listenOnLoopback(keys);
    external = await startStack({
      config: {
        tokenIssuer: ISSUER,
        tokenKeysUrl: `${ISSUER}keys.json`,
        tokenUserClaim: "username",
        tokenAudienceClaim: "client_id",
        tokenWatchAudience: "client-to-watch",
        tokenPublishAudience: "client-to-publish",
        publishAccess: "token",
      },
      environment: { TOKEN_JWKS_URL: `http://127.0.0.1:${port}/keys.json` },
    });
  });
  afterAll(async () => {
    await external[Symbol.asyncDispose]();
    await closeServer(keys);
  });

  const tokenFor = (client_id: string, username: string) =>
    tokenOf(
      { alg: "RS256", typ: "JWT", kid: "one" },
      { iss: ISSUER, client_id, username, sub: "a-uuid", exp: Math.floor(Date.now() / 1_000) + 600 },
      rs256(rsa.privateKey),
    );

  test("with an external token issuer its tokens are accepted and the stack has no key", async () => {
    expect([external.outputs["signingKey"], external.outputs["publishToken"]]).toEqual([
      undefined,
      undefined,
    ]);
    const post = async (client: string) => {
      const headers = { authorization: `Bearer ${tokenFor(client, "ann")}` };
      const init = { method: "POST", headers, body: new URLSearchParams("ticker=A&price=1") };
      return (await fetch(output(external, "publishUrl"), init)).status;
    };
    expect([await post("client-to-publish"), await post("client-to-watch")]).toEqual([200, 403]);
  });

  test("with an external token issuer only the connection token sets the user", async () => {
    const token = tokenFor("client-to-watch", "auth0|ann");
    await using watcher = await Watcher.connectWith(external, token);
    expect(await watcher.ask({ action: "user", id: "a-uuid" })).toMatchObject({ code: "unauthorized" });
    const user = { id: "auth0|ann" };
    expect(await watcher.ask({ action: "user", id: "auth0|ann" })).toMatchObject({ user });
    expect(await watcher.ask({ action: "authorize", token })).toMatchObject({
      code: "unauthorized",
      message: "This service takes tokens only when a connection opens.",
    });
  });
});

test("no log line contains a part of a token", async () => {
  const good = await mintToken(locked, "ann");
  await using watcher = await Watcher.connect(locked, "ann");
  await watcher.ask({ action: "authorize", token: good });
  await setBasket(locked, "B", "A");
  const lines = [locked, watchOpen].flatMap(({ logs }) => logs.map(({ line }) => line));
  expect(lines.length).toBeGreaterThan(0);
  // The Base64 of `{"`: the start of each JSON Web Token.
  expect(lines.filter((line) => line.includes("eyJ"))).toEqual([]);
});
