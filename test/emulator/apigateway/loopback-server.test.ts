/**
 * The `Host` and `Origin` checks of every local server, over real sockets. Does not prove which server
 * accepts which origins: see test/flows/listening-ports.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { closeServer, type ListenOptions, listenOnLoopback } from "#emulator/apigateway/loopback-server.ts";

/** A server that responds to all requests and upgrades. */
async function serve(origins?: ListenOptions["origins"]): Promise<number> {
  const server = createServer((_request, response) => void response.end("served"));
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (upgrade, socket, head) =>
    sockets.handleUpgrade(upgrade, socket, head, (webSocket) => webSocket.terminate()),
  );
  const port = await listenOnLoopback(server, origins === undefined ? {} : { origins });
  onTestFinished(() => closeServer(server));
  return port;
}

type Headers = Readonly<Record<string, string>>;

/** Status and body of the response to a request, and the status of an upgrade with the same headers. */
async function probe(port: number, headers: Headers): Promise<readonly [number, string, number]> {
  const plain = await send(port, { connection: "close", ...headers });
  const upgrade = await send(port, {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  });
  return [...plain, upgrade[0]];
}

async function send(port: number, headers: Headers): Promise<readonly [number, string]> {
  const sent = request({ port, host: "127.0.0.1", headers, setHost: false }).end();
  const upgraded = once(sent, "upgrade").then(([{ statusCode }, socket]) => {
    socket.destroy();
    return [statusCode ?? 0, ""] as const;
  });
  const responded = once(sent, "response").then(async ([response]: IncomingMessage[]) => {
    if (!response) throw new Error("Expected a response, got none.");
    return [response.statusCode ?? 0, await text(response)] as const;
  });
  return await Promise.race([upgraded, responded]);
}

test.each(["127.0.0.1", "localhost", "LocalHost", "[::1]"])(
  "a request with the host %s and without an Origin is served",
  async (name) => {
    const port = await serve();
    expect(await probe(port, { host: `${name}:${port}` })).toEqual([200, "served", 101]);
  },
);

test.each([
  ["another name", (port: number) => `evil.example:${port}`],
  ["another port", () => "127.0.0.1:9"],
  ["no port", () => "127.0.0.1"],
  ["a name that ends with a loopback name", (port: number) => `evil.localhost:${port}`],
  ["a trailing dot", (port: number) => `localhost.:${port}`],
  ["the address of all interfaces", (port: number) => `0.0.0.0:${port}`],
  ["an empty value", () => ""],
])("a Host header with %s returns 421 for every origin setting", async (_what, host) => {
  for (const origins of ["none", "own", "any"] as const) {
    const port = await serve(origins);
    const [status, body, upgrade] = await probe(port, { host: host(port) });
    expect([status, upgrade]).toEqual([421, 421]);
    expect(JSON.parse(body)).toEqual({
      message: `Expected the Host header to be 127.0.0.1:${port}, got ${host(port)}.`,
    });
  }
});

test.each([
  ["another site", () => "https://evil.example"],
  ["an opaque origin", () => "null"],
  ["another local port", () => "http://127.0.0.1:9"],
  ["this server under another scheme", (port: number) => `https://127.0.0.1:${port}`],
])("the Origin of %s returns 403 unless any origin is accepted", async (_what, origin) => {
  const statuses: number[] = [];
  for (const origins of ["none", "own", "any"] as const) {
    const port = await serve(origins);
    const [status, , upgrade] = await probe(port, { host: `127.0.0.1:${port}`, origin: origin(port) });
    expect(upgrade).toBe(status === 200 ? 101 : status);
    statuses.push(status);
  }
  expect(statuses).toEqual([403, 403, 200]);
});

test("the server's own Origin returns 403 only when no origin is accepted", async () => {
  const statuses: number[] = [];
  for (const origins of ["none", "own", "any"] as const) {
    const port = await serve(origins);
    const host = `127.0.0.1:${port}`;
    statuses.push((await probe(port, { host, origin: `http://${host}` }))[0]);
  }
  expect(statuses).toEqual([403, 200, 200]);
});
