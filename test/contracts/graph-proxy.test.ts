/**
 * The graph client of the Lambdas against a real Gremlin Server behind the auth proxy. Does not prove how Neptune words a rejection
 * on a WebSocket, which is not documented.
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
import { type Certificate, createCertificate } from "#emulator/neptune/certificate.ts";
import { type GraphProxy, type GraphProxyOptions, serveGraphProxy } from "#emulator/neptune/graph-proxy.ts";
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
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-proxy-"));
  [server, certificate] = await Promise.all([
    startGremlinServer({ directory }),
    createCertificate(join(directory, "proxy")),
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

/** An auth proxy that accepts the permissions in the `authorization` header, such as `Read,Write`. */
async function openProxy(changes: Partial<GraphProxyOptions<string>> = {}): Promise<GraphProxy> {
  const proxy = await serveGraphProxy<string>({
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
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

function openClient({ url }: { readonly url: string }, permissions: string): GraphClient {
  const signHandshake = async () =>
    (permissions ? { authorization: permissions } : {}) as Record<string, string>;
  const client = new GraphClient({ url, signHandshake, retry: ONCE });
  onTestFinished(() => client.close());
  return client;
}

describe("client with all permissions", () => {
  test("a client with all permissions reads and writes the graph through the proxy", async () => {
    const subscriptions = new GremlinSubscriptions(openClient(await openProxy(), "Read,Write,Delete"));
    await subscriptions.connect({ id: "all=", connectedAt: AT, expiresAt: AT });
    const watches = { tickers: [ticker("ALL")], baskets: [] };
    expect(await subscriptions.watch({ connectionId: "all=" }, watches, { watches: 10, baskets: 1 })).toBe(
      true,
    );
    await using direct = openGraph(server);
    expect(await direct.client.read(watchersOf([ticker("ALL")]))).toEqual(["connection:all=|ticker:ALL"]);
    await subscriptions.deleteConnection("all=");
    expect(await direct.client.read(watchersOf([ticker("ALL")]))).toEqual([]);
  });

  test("200 concurrent queries over one connection get their results", async () => {
    const client = openClient(await openProxy(), "Read");
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => client.read(g.inject(n))));
    expect(answers).toEqual(numbers.map((n) => [n]));
  });

  test("an error message of the graph passes the proxy unchanged", async () => {
    const client = openClient(await openProxy(), "Read");
    await expect(client.read(g.inject(1).fail("on purpose"))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      message: expect.stringContaining("on purpose"),
    });
  });

  test("a slow reader gets 20,000 results through the proxy", async () => {
    await using direct = openGraph(server);
    await seedWatchers(direct.client, ticker("MANY"), 20_000);
    const client = openClient(await openProxy(), "Read");
    const seen = new Set<unknown>();
    for await (const batch of client.stream(watchersOf([ticker("MANY")]))) {
      for (const id of batch) seen.add(id);
      await delay(10);
    }
    expect(seen.size).toBe(20_000);
  });
});

describe("client without all permissions", () => {
  test.each([
    ["Read", "Write,Delete"],
    ["Write", "Read,Delete"],
    ["Delete", "Read,Write"],
  ])("a write without the permission %s is rejected and changes nothing", async (missing, permissions) => {
    const client = openClient(await openProxy(), permissions);
    const error: unknown = await new GremlinSubscriptions(client).recordPrices(prices, AT).catch((e) => e);
    expect(error).toMatchObject({ code: "GRAPH_REFUSED", isTransient: false, cause: { statusCode: 403 } });
    const { requestId, ...rest } = JSON.parse((error as { cause: Error }).cause.message);
    expect(rest).toEqual({
      code: "AccessDeniedException",
      detailedMessage: `User: ${permissions} is not authorized to perform: ${missing}`,
    });
    expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    await using direct = openGraph(server);
    expect(await direct.client.read(g.V("ticker:AAPL"))).toEqual([]);
  });

  test("after a rejected query the connection still serves permitted queries", async () => {
    const proxy = await openProxy();
    const connection = await GraphConnection.open(proxy.url, { authorization: "Read" }, 2_000);
    onTestFinished(() => connection.close());
    const limits = { evaluationTimeoutMs: 5_000, graceMs: 1_000, batchSize: 64 };
    const submit = async (traversal: Traversal) => {
      for await (const [first] of connection.submit(traversal, limits)) return first;
      return undefined;
    };
    const answers = await Promise.allSettled([
      submit(g.inject(1)),
      submit(g.V().drop()),
      submit(g.inject(2)),
    ]);
    expect(answers).toMatchObject([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: { name: "GraphResponseError", statusCode: 403 } },
      { status: "fulfilled", value: 2 },
    ]);
  });

  test("a query with a forbidden step in a nested traversal is rejected", async () => {
    const client = openClient(await openProxy(), "Read,Write");
    const nested = g.V().sideEffect(gremlin.process.statics.outE().drop());
    await expect(client.write(nested)).rejects.toMatchObject({ code: "GRAPH_REFUSED" });
  });
});

describe("handshake", () => {
  /** The HTTP response of the proxy. */
  async function requestFrom(url: string, headers: Readonly<Record<string, string>>) {
    const sent = request(url.replace("wss:", "https:"), { headers }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
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

  test("an unsigned handshake is rejected with 403", async () => {
    const client = openClient(await openProxy(), "");
    await expect(client.read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      isTransient: false,
      message: expect.stringContaining("HTTP 403"),
    });
  });

  test("a rejected handshake gets the JSON error of Neptune", async () => {
    const { statusCode, headers, body } = await requestFrom((await openProxy()).url, UPGRADE);
    expect([statusCode, headers["content-type"]]).toEqual([403, "application/json"]);
    expect(body).toEqual({
      requestId: headers["x-amzn-requestid"],
      code: "AccessDeniedException",
      detailedMessage: "Missing Authentication Token",
    });
  });

  test.each([
    [
      "a handshake at another path",
      "/other",
      UPGRADE,
      "Expected a handshake at /gremlin, got one at /other.",
    ],
    [
      "a request without an upgrade",
      "/gremlin",
      {},
      "Expected a WebSocket handshake at /gremlin: there is no HTTP API on this machine.",
    ],
  ])("%s returns 400 and the expected request", async (_name, path, headers, detailedMessage) => {
    const proxy = await openProxy();
    const { statusCode, body } = await requestFrom(`wss://127.0.0.1:${proxy.port}${path}`, headers);
    expect(statusCode).toBe(400);
    expect(body).toMatchObject({ code: "BadRequestException", detailedMessage });
  });

  test("a handshake while the graph is down gets no response and is reported", async () => {
    const proxy = await openProxy({ target: { ...server, url: "wss://127.0.0.1:9/gremlin" } });
    await expect(openClient(proxy, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_UNREACHABLE",
    });
    expect(reports).toEqual(["Could not connect to Gremlin Server at wss://127.0.0.1:9/gremlin."]);
  });
});

describe("proxy fault", () => {
  test("a proxy fault at a handshake is transient and is reported", async () => {
    const proxy = await openProxy({ authenticate: () => Promise.reject(new Error("on purpose")) });
    await expect(openClient(proxy, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      isTransient: true,
    });
    expect(reports).toEqual([
      expect.stringMatching(/^Internal error of the graph proxy during a handshake: Error: on purpose/),
    ]);
  });

  test("a proxy fault at a query is transient and is reported", async () => {
    const proxy = await openProxy({ authorize: () => Promise.reject(new Error("on purpose")) });
    await expect(openClient(proxy, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_REFUSED",
      isTransient: true,
      cause: { statusCode: 500 },
    });
    expect(reports).toEqual([
      expect.stringMatching(/^Internal error of the graph proxy during a query: Error: on purpose/),
    ]);
  });
});

test("the graph answers a ping, not the proxy", async () => {
  const graph = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: false });
  await once(graph, "listening");
  const arrived = once(graph, "connection");
  const url = `ws://127.0.0.1:${(graph.address() as AddressInfo).port}/gremlin`;
  const proxy = await openProxy({ target: { ...server, url } });
  const connection = await GraphConnection.open(proxy.url, { authorization: "Read" }, 2_000);
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

describe("shutdown", () => {
  test("stopping the server fails a running query with GRAPH_DISCONNECTED", async () => {
    const stopping = await startGremlinServer({ directory: join(directory, "stopping") });
    const authorized = Promise.withResolvers<void>();
    const proxy = await openProxy({
      target: stopping,
      authorize: async () => {
        authorized.resolve();
        return { allowed: true };
      },
    });
    const endless = g.inject(0).repeat(gremlin.process.statics.identity()).times(2_000_000_000);
    const result = openClient(proxy, "Read").read(endless);
    const rejection = expect(result).rejects.toMatchObject({ code: "GRAPH_DISCONNECTED" });
    await authorized.promise;
    await stopping[Symbol.asyncDispose]();
    await rejection;
  });

  test("closing the proxy terminates open and pending connections", async () => {
    const arrived = Promise.withResolvers<void>();
    const proxy = await openProxy({
      authenticate: ({ headers: { authorization } }) => {
        if (authorization === "open") return Promise.resolve({ ok: true, principal: "Read" });
        arrived.resolve();
        return new Promise(() => {});
      },
    });
    const opened = new WebSocket(proxy.url, { headers: { authorization: "open" } });
    await once(opened, "open");
    const pending = new WebSocket(proxy.url, { headers: { authorization: "pending" } });
    const refused = once(pending, "error");
    pending.once("error", () => {});
    await arrived.promise;
    const closed = once(opened, "close");
    opened.on("error", () => {});
    await proxy[Symbol.asyncDispose]();
    expect((await closed)[0]).toBe(1006);
    expect(await refused.catch((error: Error) => [error])).toEqual([expect.any(Error)]);
    await expect(openClient(proxy, "Read").read(isConnected("a="))).rejects.toMatchObject({
      code: "GRAPH_UNREACHABLE",
    });
  });
});
