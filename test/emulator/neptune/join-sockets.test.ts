import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { CheckFrame } from "#emulator/neptune/authorize-frame.ts";
import { joinSockets } from "#emulator/neptune/join-sockets.ts";

/* Forwarding between two real connections: client – inside = target – graph. Does not prove authorization. */
const MEBIBYTE = 1024 * 1024;
const OPTIONS = { autoPong: false, perMessageDeflate: false } as const;

let client: WebSocket;
let inside: WebSocket;
let target: WebSocket;
let graph: WebSocket;
let checkFrame: CheckFrame;

beforeEach(async () => {
  checkFrame = async () => ({ allowed: true });
  const graphServer = new WebSocketServer({ port: 0, host: "127.0.0.1", ...OPTIONS });
  const proxyServer = new WebSocketServer({ port: 0, host: "127.0.0.1", ...OPTIONS });
  await Promise.all([once(graphServer, "listening"), once(proxyServer, "listening")]);
  const urlOf = (server: WebSocketServer) => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const graphConnected = once(graphServer, "connection");
  target = new WebSocket(urlOf(graphServer), OPTIONS);
  await once(target, "open");
  [graph] = (await graphConnected) as [WebSocket];
  const proxyConnected = once(proxyServer, "connection");
  client = new WebSocket(urlOf(proxyServer), OPTIONS);
  await once(client, "open");
  [inside] = (await proxyConnected) as [WebSocket];
  joinSockets(inside, target, (frame, isBinary) => checkFrame(frame, isBinary));
  return () => {
    for (const socket of [client, graph, inside, target]) socket.terminate();
    graphServer.close();
    proxyServer.close();
  };
});

/** The next `count` messages. */
async function receive(socket: WebSocket, count: number): Promise<readonly string[]> {
  const messages: string[] = [];
  return await new Promise((resolve) => {
    socket.on("message", (data: Buffer) => {
      if (messages.push(data.toString()) === count) resolve(messages);
    });
  });
}

describe("frames", () => {
  test("client frames reach the graph in order when the check of the first one is slow", async () => {
    const pending: (() => void)[] = [];
    checkFrame = (frame) => {
      const result = { allowed: true } as const;
      if (frame.toString() !== "0") return Promise.resolve(result);
      return new Promise((resolve) => pending.push(() => resolve(result)));
    };
    const received = receive(graph, 100);
    for (let n = 0; n < 100; n++) client.send(Buffer.from(String(n)));
    await expect.poll(() => pending.length).toBe(1);
    pending[0]?.();
    expect(await received).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  });

  test("a refused frame receives the error response, and later frames are forwarded", async () => {
    checkFrame = async (frame) =>
      frame.toString() === "bad" ? { allowed: false, response: Buffer.from("no") } : { allowed: true };
    const [atGraph, atClient] = [receive(graph, 2), receive(client, 1)];
    for (const text of ["good", "bad", "better"]) client.send(Buffer.from(text));
    expect([await atGraph, await atClient]).toEqual([["good", "better"], ["no"]]);
  });

  test("frames from the graph keep their content and type, text or binary", async () => {
    const seen: [string, boolean][] = [];
    client.on("message", (data: Buffer, isBinary) => seen.push([data.toString(), isBinary]));
    graph.send("text");
    graph.send(Buffer.from("bytes"));
    await expect
      .poll(() => seen)
      .toEqual([
        ["text", false],
        ["bytes", true],
      ]);
  });
});

describe("backpressure", () => {
  const FRAMES = 512;
  const frame = (n: number) => Buffer.alloc(MEBIBYTE / 8, n);

  /** The number of frames read from `from`, until none has arrived for 1 s. */
  async function framesAhead(from: WebSocket): Promise<number> {
    let count = 0;
    let lastAtMs = performance.now();
    from.on("message", () => {
      count += 1;
      lastAtMs = performance.now();
    });
    await expect.poll(() => performance.now() - lastAtMs, { timeout: 30_000 }).toBeGreaterThan(1_000);
    return count;
  }

  test.each([
    ["client", () => [graph, target, client] as const],
    ["graph", () => [client, inside, graph] as const],
  ])("the sender is paused while the %s does not read", { timeout: 60_000 }, async (_name, sides) => {
    const [from, inBetween, to] = sides();
    to.pause();
    for (let n = 0; n < FRAMES; n++) from.send(frame(n));
    const ahead = await framesAhead(inBetween);
    // Socket buffers of the kernel hold up to 10 MiB.
    expect(ahead).toBeGreaterThan(0);
    expect(ahead * frame(0).length).toBeLessThan(16 * MEBIBYTE);

    let next = 0;
    to.on("message", (data: Buffer) => {
      if (data[0] === next % 256 && data.length === MEBIBYTE / 8) next += 1;
    });
    to.resume();
    await expect.poll(() => next, { timeout: 30_000 }).toBe(FRAMES);
  });
});

describe("pings", () => {
  test("a ping of the client is forwarded to the graph, whose pong is forwarded back", async () => {
    const pinged = once(graph, "ping");
    let pongs = 0;
    client.on("pong", () => (pongs += 1));
    client.ping("alive?");
    expect(String((await pinged)[0])).toBe("alive?");
    expect(pongs).toBe(0);
    const ponged = once(client, "pong");
    graph.pong("alive?");
    expect(String((await ponged)[0])).toBe("alive?");
  });

  test("a ping of the graph is forwarded to the client, whose pong is forwarded back", async () => {
    const pinged = once(client, "ping");
    graph.ping("there?");
    expect(String((await pinged)[0])).toBe("there?");
    const ponged = once(graph, "pong");
    client.pong("there?");
    expect(String((await ponged)[0])).toBe("there?");
  });
});

describe.each([
  ["client", () => [client, graph] as const],
  ["graph", () => [graph, client] as const],
])("closing by the %s", (name, sides) => {
  test.each<[string, (socket: WebSocket) => void, number, string]>([
    ["a termination", (socket) => socket.terminate(), 1006, ""],
    ["a close without status", (socket) => socket.close(), 1005, ""],
    ["a close with code and reason", (socket) => socket.close(4001, "bye"), 4001, "bye"],
  ])(`%s by the ${name} is forwarded to the other side`, async (_kind, close, code, reason) => {
    const [from, to] = sides();
    const closed = once(to, "close");
    close(from);
    const [receivedCode, receivedReason] = await closed;
    expect([receivedCode, String(receivedReason)]).toEqual([code, reason]);
  });

  test(`a termination by the ${name} is forwarded while the other side is paused`, async () => {
    const [from, to] = sides();
    from.pause();
    for (let n = 0; n < 200; n++) to.send(Buffer.alloc(MEBIBYTE / 8));
    await expect.poll(() => to.bufferedAmount).toBeGreaterThan(0);
    const closed = once(to, "close");
    from.terminate();
    expect((await closed)[0]).toBe(1006);
  });
});
