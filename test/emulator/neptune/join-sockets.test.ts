import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { joinSockets } from "#emulator/neptune/join-sockets.ts";
import type { Judge } from "#emulator/neptune/judge-request.ts";

/* client — inside = target — graph: two connections within this process, made one in the middle. */
const MEBIBYTE = 1024 * 1024;
const WAITS = { autoPong: false, perMessageDeflate: false } as const;

let client: WebSocket;
let inside: WebSocket;
let target: WebSocket;
let graph: WebSocket;
let judge: Judge;

beforeEach(async () => {
  judge = async () => ({ passes: true });
  const graphServer = new WebSocketServer({ port: 0, host: "127.0.0.1", ...WAITS });
  const doorServer = new WebSocketServer({ port: 0, host: "127.0.0.1", ...WAITS });
  await Promise.all([once(graphServer, "listening"), once(doorServer, "listening")]);
  const urlOf = (server: WebSocketServer) => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const arrived = once(graphServer, "connection");
  target = new WebSocket(urlOf(graphServer), WAITS);
  await once(target, "open");
  [graph] = (await arrived) as [WebSocket];
  const entered = once(doorServer, "connection");
  client = new WebSocket(urlOf(doorServer), WAITS);
  await once(client, "open");
  [inside] = (await entered) as [WebSocket];
  joinSockets(inside, target, (frame, isBinary) => judge(frame, isBinary));
  return () => {
    for (const socket of [client, graph, inside, target]) socket.terminate();
    graphServer.close();
    doorServer.close();
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
  test("go to the graph in the order they came, however long each is judged", async () => {
    const pending: (() => void)[] = [];
    judge = (frame) => {
      const verdict = { passes: true } as const;
      if (frame.toString() !== "0") return Promise.resolve(verdict);
      return new Promise((resolve) => pending.push(() => resolve(verdict)));
    };
    const received = receive(graph, 100);
    for (let n = 0; n < 100; n++) client.send(Buffer.from(String(n)));
    await expect.poll(() => pending.length).toBe(1);
    pending[0]?.();
    expect(await received).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  });

  test("that are refused are answered, and those after them pass", async () => {
    judge = async (frame) =>
      frame.toString() === "bad" ? { passes: false, answer: Buffer.from("no") } : { passes: true };
    const [atGraph, atClient] = [receive(graph, 2), receive(client, 1)];
    for (const text of ["good", "bad", "better"]) client.send(Buffer.from(text));
    expect([await atGraph, await atClient]).toEqual([["good", "better"], ["no"]]);
  });

  test("come from the graph as they are, texts as texts", async () => {
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

describe("a side that does not read", () => {
  const FRAMES = 512;
  const frame = (n: number) => Buffer.alloc(MEBIBYTE / 8, n);

  /** How many of `from`'s frames are taken while `to` reads none: those until a second has passed without another. */
  async function framesAhead(from: WebSocket): Promise<number> {
    let taken = 0;
    let lastAtMs = performance.now();
    from.on("message", () => {
      taken += 1;
      lastAtMs = performance.now();
    });
    await expect.poll(() => performance.now() - lastAtMs, { timeout: 30_000 }).toBeGreaterThan(1_000);
    return taken;
  }

  test.each([
    ["client", () => [graph, target, client] as const],
    ["graph", () => [client, inside, graph] as const],
  ])("holds back the other: the %s", { timeout: 60_000 }, async (_name, sides) => {
    const [from, inBetween, to] = sides();
    to.pause();
    for (let n = 0; n < FRAMES; n++) from.send(frame(n));
    const ahead = await framesAhead(inBetween);
    // The kernel takes some for the buffers of the connection: up to 10 MiB.
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

describe("a ping", () => {
  test("asks the graph, not what is between", async () => {
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

  test("of the graph asks the client", async () => {
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
])("an end by the %s", (_name, sides) => {
  test.each<[string, (socket: WebSocket) => void, number, string]>([
    ["a cut", (socket) => socket.terminate(), 1006, ""],
    ["a goodbye without words", (socket) => socket.close(), 1005, ""],
    ["a goodbye with words", (socket) => socket.close(4001, "bye"), 4001, "bye"],
  ])("is the same for the other side: %s", async (_kind, end, code, reason) => {
    const [from, to] = sides();
    const closed = once(to, "close");
    end(from);
    const [heardCode, heardReason] = await closed;
    expect([heardCode, String(heardReason)]).toEqual([code, reason]);
  });

  test("is told while the other one is held back", async () => {
    const [from, to] = sides();
    from.pause();
    for (let n = 0; n < 200; n++) to.send(Buffer.alloc(MEBIBYTE / 8));
    await expect.poll(() => to.bufferedAmount).toBeGreaterThan(0);
    const closed = once(to, "close");
    from.terminate();
    expect((await closed)[0]).toBe(1006);
  });
});
