import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { closeServer, listenOnLoopback } from "#emulator/apigateway/loopback-server.ts";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { allIds } from "#support/all-ids.ts";
import { badTokens, type Tokens } from "#support/bad-tokens.ts";
import { publish, setBasket, Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { mintToken, protocolsWith } from "#support/tokens.ts";
import { rs256, tokenOf } from "../lambdas/tokens/tokens.ts";

/*
 * Who comes in by which door with which token, through the whole stack. A cell is one attempt, and what is refused must leave
 * nothing behind. Does not prove that AWS refuses as this machine does: test/emulator/apigateway names the sources.
 */
let locked: LocalStack;
/** Connects everybody, and asks for a token of whoever says to be somebody. */
let ajar: LocalStack;
beforeAll(async () => {
  [locked, ajar] = await Promise.all([startStack(), startStack({ config: { watchAccess: "open" } })]);
});
afterAll(async () => {
  await Promise.all([locked, ajar].map((stack) => stack[Symbol.asyncDispose]()));
});

const ORIGINS = {
  "the page": () => output(locked, "pageUrl"),
  "another site's page": () => "https://elsewhere.example",
  "a program": () => undefined,
} as const;
type Who = keyof typeof ORIGINS;
const WHO = Object.keys(ORIGINS) as Who[];

/** The names of the tokens, without the tokens: those are made when there is a stack. */
const BAD = [
  "expired",
  "not yet valid",
  "for the other audience",
  "for no audience",
  "of another issuer",
  "signed with another key",
  "changed after it was signed",
  "of the algorithm none",
  "of the algorithm none in capitals",
  "signed with the public key as a secret",
  "signed with RSA",
  "signed with another curve",
  "oversized",
  "without an end",
  "of nobody",
  "of a user that there cannot be",
  "no token at all",
] as const;

test("every bad token is tried", () => {
  expect(Object.keys(badTokens(locked, WATCH_AUDIENCE))).toEqual(BAD);
});

/** The ids of all vertices. */
async function whatIsStored(stack: LocalStack): Promise<readonly string[]> {
  await using graph = openGraph(stack.graph);
  const ids: string[] = [];
  for await (const batch of graph.client.stream(allIds())) ids.push(...(batch as string[]));
  return ids.sort();
}

describe("the HTTP API", () => {
  const PATHS = { "a price": "", "a broadcast": "/broadcast" } as const;
  const FORMS = { "a price": "ticker=LOCKED&price=1", "a broadcast": "message=hello" } as const;
  type Door = keyof typeof PATHS;
  const DOORS = Object.keys(PATHS) as Door[];

  async function post(door: Door, who: Who, authorization?: string): Promise<number> {
    const origin = ORIGINS[who]();
    const response = await fetch(output(locked, "publishUrl") + PATHS[door], {
      method: "POST",
      headers: {
        ...(origin !== undefined && { origin }),
        ...(authorization !== undefined && { authorization }),
      },
      body: new URLSearchParams(FORMS[door]),
    });
    await response.text();
    return response.status;
  }

  let bad: Tokens;
  let good: string;
  let bystander: Watcher;
  let before: readonly string[];
  beforeAll(async () => {
    bad = badTokens(locked, PUBLISH_AUDIENCE);
    good = await mintToken(locked, "publisher", PUBLISH_AUDIENCE);
    bystander = await Watcher.connect(locked);
    await bystander.watch("LOCKED");
    before = await whatIsStored(locked);
  });
  afterAll(() => bystander[Symbol.asyncDispose]());

  const cells = DOORS.flatMap((door) => WHO.map((who) => [door, who] as const));

  test.each(cells)("asks for a token: %s of %s without one is 401", async (door, who) => {
    expect(await post(door, who)).toBe(401);
    expect(await post(door, who, "")).toBe(401);
  });

  test.each(cells)("refuses each bad token: %s of %s is 403", async (door, who) => {
    const statuses = BAD.map(async (name) => [name, await post(door, who, `Bearer ${bad[name]}`)]);
    expect(await Promise.all(statuses)).toEqual(BAD.map((name) => [name, 403]));
  });

  test.each(cells)("takes a token in no other way: %s of %s is 403", async (door, who) => {
    const others = [
      good,
      `Basic ${good}`,
      `Bearer`,
      `Bearer ${good} ${good}`,
      `Bearer ${good}, Bearer ${good}`,
    ];
    expect(await Promise.all(others.map((each) => post(door, who, each)))).toEqual(others.map(() => 403));
  });

  test.each(DOORS)("refuses another site's page, though it has a good token: %s is 403", async (door) => {
    expect(await post(door, "another site's page", `Bearer ${good}`)).toBe(403);
  });

  test("has stored nothing of all that, and told nobody", async () => {
    expect(await whatIsStored(locked)).toEqual(before);
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

  test.each(DOORS.flatMap((door) => (["the page", "a program"] as const).map((who) => [door, who] as const)))(
    "lets a good token in: %s of %s is 200",
    async (door, who) => {
      expect(await post(door, who, `Bearer ${good}`)).toBe(200);
      expect(await post(door, who, `bearer ${good}`)).toBe(200);
    },
  );

  test("takes the token that the program makes, and only for a year", async () => {
    const token = output(locked, "publishToken");
    expect(await post("a price", "a program", `Bearer ${token}`)).toBe(200);
    const { iat, exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(exp - iat).toBe(365 * 24 * 3_600);
  });

  test("never takes a token from the address", async () => {
    const query = new URLSearchParams({ token: good, authorization: `Bearer ${good}`, access_token: good });
    const response = await fetch(`${output(locked, "publishUrl")}?${query}`, {
      method: "POST",
      body: new URLSearchParams(FORMS["a price"]),
    });
    expect(response.status).toBe(401);
  });

  test("open access is for prices: a broadcast asks for a token still", async () => {
    await using open = await startStack({ config: { publishAccess: "open" } });
    const anonymous = async (door: Door) => {
      const init = { method: "POST", body: new URLSearchParams(FORMS[door]) };
      return (await fetch(output(open, "publishUrl") + PATHS[door], init)).status;
    };
    expect([await anonymous("a price"), await anonymous("a broadcast")]).toEqual([200, 401]);
  });
});

describe("the WebSocket API", () => {
  /** The HTTP status of a handshake that is refused, or the subprotocol of one that is not. */
  async function connect(
    protocols: readonly string[],
    who: Who,
    query = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number | string> {
    const origin = ORIGINS[who]();
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

  test.each(WHO)("asks for a token: %s without one is 401", async (who) => {
    expect(await connect([], who)).toBe(401);
    expect(await connect(["ticker-watch"], who)).toBe(401);
  });

  test.each(WHO)("refuses each bad token: %s is 403", async (who) => {
    const before = await whatIsStored(locked);
    const bad = badTokens(locked, WATCH_AUDIENCE);
    const names = BAD.filter((name) => name !== "no token at all");
    const statuses = names.map(async (name) => [name, await connect(protocolsWith(bad[name] ?? ""), who)]);
    expect(await Promise.all(statuses)).toEqual(names.map((name) => [name, 403]));
    expect(await connect(protocolsWith("garbage"), who)).toBe(403);
    expect(await whatIsStored(locked)).toEqual(before);
  });

  test("refuses another site's page, though it has a good token: 403", async () => {
    expect(await connect(protocolsWith(await mintToken(locked, "ann")), "another site's page")).toBe(403);
  });

  test("takes a token in no other way than after the subprotocol", async () => {
    const token = await mintToken(locked, "ann");
    expect(await connect([token, "ticker-watch"], "the page")).toBe(403);
    expect(await connect(["other", token], "the page")).toBe(403);
    expect(await connect(["ticker-watch"], "the page", `?token=${token}`)).toBe(401);
    expect(await connect(["ticker-watch"], "a program", "", { authorization: `Bearer ${token}` })).toBe(401);
  });

  test.each(["the page", "a program"] as const)(
    "lets a good token in: %s is told `ticker-watch` only",
    async (who) => {
      expect(await connect(protocolsWith(await mintToken(locked, "ann")), who)).toBe("ticker-watch");
    },
  );
});

describe("a user", () => {
  const isRefused = { action: "error", code: "unauthorized", message: expect.any(String), request: "r" };

  test("may be whoever the token of the connection names, and nobody else", async () => {
    await using ann = await Watcher.connect(locked, "ann");
    expect(await ann.ask({ action: "user", id: "bob", request: "r" })).toEqual(isRefused);
    expect(await ann.ask({ action: "user", id: "ann", request: "r" })).toMatchObject({
      user: { id: "ann", version: 0 },
    });
  });

  test("may be whoever the token of a message names, on a socket that is open already", async () => {
    for (const stack of [locked, ajar]) {
      await using watcher = await Watcher.connect(stack);
      const token = await mintToken(stack, "carl");
      expect(await watcher.ask({ action: "authorize", token, request: "r" })).toMatchObject({
        request: "r",
        user: { id: "carl", version: 0 },
      });
    }
  });

  test("is not whoever a bad token names, and nothing comes of it", async () => {
    await using watcher = await Watcher.connect(ajar);
    await watcher.watch("OWN");
    const before = await whatIsStored(ajar);
    const bad = badTokens(ajar, WATCH_AUDIENCE);
    for (const name of BAD.filter((each) => each !== "oversized")) {
      expect(await watcher.ask({ action: "authorize", token: bad[name], request: "r" })).toEqual(isRefused);
    }
    expect(await watcher.ask({ action: "authorize", token: bad["oversized"], request: "r" })).toMatchObject({
      code: "bad-message",
    });
    expect(await watcher.ask({ action: "authorize", request: "r" })).toMatchObject({ code: "bad-message" });
    expect(await watcher.ask({ action: "user", id: "ann", request: "r" })).toEqual(isRefused);
    expect(await whatIsStored(ajar)).toEqual(before);
    expect(await watcher.ask({ action: "unwatch", tickers: ["NONE"] })).toMatchObject({ watching: ["OWN"] });
  });
});

describe("another issuer of tokens", () => {
  const ISSUER = "https://issuer.example/";
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  let keys: Server;
  let theirs: LocalStack;
  beforeAll(async () => {
    const jwk = { ...rsa.publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };
    keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    const port = await listenOnLoopback(keys);
    theirs = await startStack({
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
    await theirs[Symbol.asyncDispose]();
    await closeServer(keys);
  });

  const tokenFor = (client_id: string, username: string) =>
    tokenOf(
      { alg: "RS256", typ: "JWT", kid: "one" },
      { iss: ISSUER, client_id, username, sub: "a-uuid", exp: Math.floor(Date.now() / 1_000) + 600 },
      rs256(rsa.privateKey),
    );

  test("makes the tokens for both APIs, and the stack none", async () => {
    expect([theirs.outputs["signingKey"], theirs.outputs["publishToken"]]).toEqual([undefined, undefined]);
    const post = async (client: string) => {
      const headers = { authorization: `Bearer ${tokenFor(client, "ann")}` };
      const init = { method: "POST", headers, body: new URLSearchParams("ticker=A&price=1") };
      return (await fetch(output(theirs, "publishUrl"), init)).status;
    };
    expect([await post("client-to-publish"), await post("client-to-watch")]).toEqual([200, 403]);
  });

  test("says with the connection who a user is, and not in a message, which nobody could verify", async () => {
    const token = tokenFor("client-to-watch", "auth0|ann");
    await using watcher = await Watcher.connectWith(theirs, token);
    expect(await watcher.ask({ action: "user", id: "a-uuid" })).toMatchObject({ code: "unauthorized" });
    const user = { id: "auth0|ann" };
    expect(await watcher.ask({ action: "user", id: "auth0|ann" })).toMatchObject({ user });
    expect(await watcher.ask({ action: "authorize", token })).toMatchObject({
      code: "unauthorized",
      message: "This service takes tokens only when a connection opens.",
    });
  });
});

test("no log line has a piece of any token, good or bad", async () => {
  const good = await mintToken(locked, "ann");
  await using watcher = await Watcher.connect(locked, "ann");
  await watcher.ask({ action: "authorize", token: good });
  await setBasket(locked, "B", "A");
  const lines = [locked, ajar].flatMap(({ logs }) => logs.map(({ line }) => line));
  expect(lines.length).toBeGreaterThan(0);
  // Every JSON Web Token begins so, and no other word does.
  expect(lines.filter((line) => line.includes("eyJ"))).toEqual([]);
});
