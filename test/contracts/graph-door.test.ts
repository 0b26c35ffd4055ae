/**
 * The functions' own client against a real Gremlin Server, through the door that makes it demand what Neptune demands. Does not
 * prove how Neptune words a refusal on a WebSocket, which is not documented.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import gremlin from "gremlin";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { type Certificate, makeCertificate } from "#emulator/neptune/certificate.ts";
import { type GraphDoor, type GraphDoorOptions, serveGraphDoor } from "#emulator/neptune/graph-door.ts";
import { type GremlinServer, startGremlinServer } from "#emulator/neptune/gremlin-server.ts";
import { GraphClient } from "#lambdas/graph/driver/graph-client.ts";
import { GraphConnection } from "#lambdas/graph/driver/graph-connection.ts";
import { GremlinSubscriptions } from "#lambdas/graph/gremlin-subscriptions.ts";
import { isConnected, type Traversal, watchersOf } from "#lambdas/graph/queries/traversals.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { seedWatchers } from "#support/seed.ts";

const AT = new Date("2026-11-21T01:02:03.456Z");
const ticker = (name: string) => parseTicker(name) as Ticker;
const prices = [{ ticker: ticker("AAPL"), priceCents: 2_400 }];
const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());
const ONCE = { attempts: 1, baseMs: 0, capMs: 0, giveUpAfterMs: 0 };

let directory: string;
let server: GremlinServer;
let certificate: Certificate;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-door-"));
  [server, certificate] = await Promise.all([
    startGremlinServer({ directory }),
    makeCertificate(join(directory, "door")),
  ]);
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, readFileSync(certificate.caPath, "utf8")]);
  return () => setDefaultCACertificates(before);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

let reports: string[];
beforeEach(() => {
  reports = [];
});

/** A door that lets in whoever says what they may do, `Read,Write`. */
async function openDoor(changes: Partial<GraphDoorOptions<string>> = {}): Promise<GraphDoor> {
  const door = await serveGraphDoor<string>({
    target: server,
    certificate,
    authenticate: async ({ headers: { authorization } }) =>
      authorization
        ? { ok: true, principal: authorization }
        : { ok: false, message: "Missing Authentication Token" },
    authorize: async (principal, access) =>
      principal.includes(access)
        ? { allowed: true }
        : { allowed: false, message: `User: ${principal} is not authorized to perform: ${access}` },
    report: (line) => reports.push(line),
    ...changes,
  });
  onTestFinished(() => door[Symbol.asyncDispose]());
  return door;
}

function openClient({ url }: { readonly url: string }, may: string): GraphClient {
  const signHandshake = async () => (may ? { authorization: may } : {}) as Record<string, string>;
  const client = new GraphClient({ url, signHandshake, retry: ONCE });
  onTestFinished(() => client.close());
  return client;
}

describe("who may do all", () => {
  test("asks and changes the graph as without the door", async () => {
    const subscriptions = new GremlinSubscriptions(openClient(await openDoor(), "Read,Write,Delete"));
    await subscriptions.connect({ id: "all=", connectedAt: AT, expiresAt: AT });
    const watches = { tickers: [ticker("ALL")], baskets: [] };
    expect(await subscriptions.watch({ connectionId: "all=" }, watches, { watches: 10, baskets: 1 })).toBe(
      true,
    );
    await using direct = openGraph(server);
    expect(await direct.client.read(watchersOf([ticker("ALL")]))).toEqual(["connection:all=|ticker:ALL"]);
    await subscriptions.forget("all=");
    expect(await direct.client.read(watchersOf([ticker("ALL")]))).toEqual([]);
  });

  test("gets many answers at once over one connection", async () => {
    const client = openClient(await openDoor(), "Read");
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => client.read(g.inject(n))));
    expect(answers).toEqual(numbers.map((n) => [n]));
  });

  test("hears an error of the graph in the graph's own words", async () => {
    const client = openClient(await openDoor(), "Read");
    await expect(client.read(g.inject(1).fail("on purpose"))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      message: expect.stringContaining("on purpose"),
    });
  });

  test("reads 20,000 results however slowly", async () => {
    await using direct = openGraph(server);
    await seedWatchers(direct.client, ticker("MANY"), 20_000);
    const client = openClient(await openDoor(), "Read");
    const seen = new Set<unknown>();
    for await (const batch of client.stream(watchersOf([ticker("MANY")]))) {
      for (const id of batch) seen.add(id);
      await delay(10);
    }
    expect(seen.size).toBe(20_000);
  });
});

describe("who may not do all", () => {
  test.each([
    ["Read", "Write,Delete"],
    ["Write", "Read,Delete"],
    ["Delete", "Read,Write"],
  ])("is refused without %s, and nothing has changed", async (missing, may) => {
    const client = openClient(await openDoor(), may);
    const error: unknown = await new GremlinSubscriptions(client).recordPrices(prices, AT).catch((e) => e);
    expect(error).toMatchObject({ code: "GRAPH_REFUSED", isTransient: false, cause: { statusCode: 403 } });
    const { requestId, ...rest } = JSON.parse((error as { cause: Error }).cause.message);
    expect(rest).toEqual({
      code: "AccessDeniedException",
      detailedMessage: `User: ${may} is not authorized to perform: ${missing}`,
    });
    expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    await using direct = openGraph(server);
    expect(await direct.client.read(g.V("ticker:AAPL"))).toEqual([]);
  });

  test("still may what needs no more, on the same connection", async () => {
    const door = await openDoor();
    const connection = await GraphConnection.open(door.url, { authorization: "Read" }, 2_000);
    onTestFinished(() => connection.close());
    const limits = { evaluationTimeoutMs: 5_000, graceMs: 1_000, batchSize: 64 };
    const ask = async (traversal: Traversal) => {
      for await (const [first] of connection.submit(traversal, limits)) return first;
      return undefined;
    };
    const answers = await Promise.allSettled([ask(g.inject(1)), ask(g.V().drop()), ask(g.inject(2))]);
    expect(answers).toMatchObject([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: { name: "GraphResponseError", statusCode: 403 } },
      { status: "fulfilled", value: 2 },
    ]);
  });

  test("is refused for a step within another one's argument too", async () => {
    const client = openClient(await openDoor(), "Read,Write");
    const nested = g.V().sideEffect(gremlin.process.statics.outE().drop());
    await expect(client.write(nested)).rejects.toMatchObject({ code: "GRAPH_REFUSED" });
  });
});

describe("a handshake", () => {
  /** The door's plain answer. */
  async function askFor(url: string, headers: Readonly<Record<string, string>>) {
    const asked = request(url.replace("wss:", "https:"), { headers }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    let body = "";
    for await (const chunk of response) body += chunk;
    return { statusCode: response.statusCode, headers: response.headers, body: JSON.parse(body) };
  }
  const UPGRADE = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };

  test("that is not signed is turned down as a refusal", async () => {
    const client = openClient(await openDoor(), "");
    await expect(client.read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      isTransient: false,
      message: expect.stringContaining("HTTP 403"),
    });
  });

  test("that is turned down gets Neptune's JSON", async () => {
    const { statusCode, headers, body } = await askFor((await openDoor()).url, UPGRADE);
    expect([statusCode, headers["content-type"]]).toEqual([403, "application/json"]);
    expect(body).toEqual({
      requestId: headers["x-amzn-requestid"],
      code: "AccessDeniedException",
      detailedMessage: "Missing Authentication Token",
    });
  });

  test.each([
    ["at another path", "/other", UPGRADE, "Expected a handshake at /gremlin, got one at /other."],
    [
      "that is a plain request",
      "/gremlin",
      {},
      "Expected a WebSocket handshake at /gremlin: there is no HTTP API on this machine.",
    ],
  ])("%s is told what is expected", async (_name, path, headers, detailedMessage) => {
    const door = await openDoor();
    const { statusCode, body } = await askFor(`wss://127.0.0.1:${door.port}${path}`, headers);
    expect(statusCode).toBe(400);
    expect(body).toMatchObject({ code: "BadRequestException", detailedMessage });
  });

  test("with a graph that is down is no answer at all, and is reported", async () => {
    const door = await openDoor({ target: { ...server, url: "wss://127.0.0.1:9/gremlin" } });
    await expect(openClient(door, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_UNREACHABLE",
    });
    expect(reports).toEqual(["Nobody answers at wss://127.0.0.1:9/gremlin, where the graph should be."]);
  });
});

describe("a fault of the door", () => {
  test("at a handshake is an answer that can be tried again, and is reported", async () => {
    const door = await openDoor({ authenticate: () => Promise.reject(new Error("on purpose")) });
    await expect(openClient(door, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      isTransient: true,
    });
    expect(reports).toEqual([
      expect.stringMatching(/^The graph's door failed at a handshake: Error: on purpose/),
    ]);
  });

  test("at a query is an answer that can be tried again, and is reported", async () => {
    const door = await openDoor({ authorize: () => Promise.reject(new Error("on purpose")) });
    await expect(openClient(door, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      isTransient: true,
      cause: { statusCode: 500 },
    });
    expect(reports).toEqual([
      expect.stringMatching(/^The graph's door failed at a query: Error: on purpose/),
    ]);
  });
});

test("a ping asks the graph, not its door", async () => {
  const graph = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: false });
  await once(graph, "listening");
  const arrived = once(graph, "connection");
  const url = `ws://127.0.0.1:${(graph.address() as AddressInfo).port}/gremlin`;
  const door = await openDoor({ target: { ...server, url } });
  const connection = await GraphConnection.open(door.url, { authorization: "Read" }, 2_000);
  const [inside] = (await arrived) as [WebSocket];
  onTestFinished(() => {
    inside.terminate();
    graph.close();
  });
  const pinged = once(inside, "ping");
  const isAlive = connection.isAlive(2_000);
  inside.pong((await pinged)[0]);
  expect(await isAlive).toBe(true);
  expect(await connection.isAlive(100)).toBe(false);
});

describe("an end", () => {
  test("of the server cuts who waits for it", async () => {
    const mortal = await startGremlinServer({ directory: join(directory, "mortal") });
    const asked = Promise.withResolvers<void>();
    const door = await openDoor({
      target: mortal,
      authorize: async () => {
        asked.resolve();
        return { allowed: true };
      },
    });
    const endless = g.inject(0).repeat(gremlin.process.statics.identity()).times(2_000_000_000);
    const answer = openClient(door, "Read").read(endless);
    const rejection = expect(answer).rejects.toMatchObject({ code: "GRAPH_CUT" });
    await asked.promise;
    await mortal[Symbol.asyncDispose]();
    await rejection;
  });

  test("of the door cuts who is in, and who is still coming in", async () => {
    const arrived = Promise.withResolvers<void>();
    const door = await openDoor({
      authenticate: ({ headers: { authorization } }) => {
        if (authorization === "in") return Promise.resolve({ ok: true, principal: "Read" });
        arrived.resolve();
        return new Promise(() => {});
      },
    });
    const inside = new WebSocket(door.url, { headers: { authorization: "in" } });
    await once(inside, "open");
    const coming = new WebSocket(door.url, { headers: { authorization: "coming" } });
    const refused = once(coming, "error");
    coming.once("error", () => {});
    await arrived.promise;
    const closed = once(inside, "close");
    inside.on("error", () => {});
    await door[Symbol.asyncDispose]();
    expect((await closed)[0]).toBe(1006);
    expect(await refused.catch((error: Error) => [error])).toEqual([expect.any(Error)]);
    await expect(openClient(door, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_UNREACHABLE",
    });
  });
});
