/**
 * Closing of connections and API Gateway limits, over real sockets. Does not prove the close reasons for the
 * codes 1003, 1006 and 1009 on AWS.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { serveWebSocketApi } from "#emulator/apigateway/web-socket-api.ts";
import { ManualClock } from "#emulator/clock.ts";
import { ALLOW_ALL } from "../iam/allow-all.ts";
import { createInvoke, createRoute, createWebSocketApi, type Stub } from "./apis.ts";
import { connect, type TestSocket } from "./clients.ts";
import disconnectFixture from "./fixtures/web-socket-disconnect.json" with { type: "json" };
import { clientFrame } from "./frames.ts";

const MINUTE_MS = 60_000;

type DisconnectEvent = typeof disconnectFixture;

/** An API with a two-way route `echo`, and its `$disconnect` event. */
async function serve(onDisconnect: Stub = () => ({ statusCode: 200 })) {
  const disconnected = Promise.withResolvers<DisconnectEvent>();
  const reported = Promise.withResolvers<string>();
  const invoke = createInvoke({
    echo: ({ body }) => ({ statusCode: 200, body }),
    $disconnect: (event, invocation) => {
      disconnected.resolve(event as unknown as DisconnectEvent);
      return onDisconnect(event, invocation);
    },
  });
  const clock = new ManualClock(disconnectFixture.requestContext.requestTimeEpoch);
  const api = createWebSocketApi([createRoute("echo", { twoWay: true }), createRoute("$disconnect")]);
  const served = await serveWebSocketApi(api, {
    authProxy: ALLOW_ALL,
    invoke,
    clock,
    report: reported.resolve,
  });
  const url = `ws://127.0.0.1:${served.port}/development`;
  return { served, invoke, clock, url, disconnected: disconnected.promise, reported: reported.promise };
}

function closeReasonOf({ requestContext }: DisconnectEvent): [number, string] {
  return [requestContext.disconnectStatusCode, requestContext.disconnectReason];
}

async function echo(socket: TestSocket): Promise<string> {
  socket.send({ action: "echo" });
  return await socket.next();
}

test("the $disconnect event has exactly the fields of an event on AWS", async () => {
  const { served, invoke, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  socket.webSocket.close();
  const event = await disconnected;
  const { connectionId, requestId } = event.requestContext;
  const { host } = new URL(url);
  expect(event).toEqual({
    ...disconnectFixture,
    headers: { ...disconnectFixture.headers, Host: host },
    multiValueHeaders: { ...disconnectFixture.multiValueHeaders, Host: [host] },
    requestContext: {
      ...disconnectFixture.requestContext,
      connectedAt: disconnectFixture.requestContext.requestTimeEpoch,
      domainName: host,
      identity: { sourceIp: "127.0.0.1" },
      connectionId,
      requestId,
      extendedRequestId: requestId,
    },
  });
  expect(invoke.calls[0]?.sourceArn).toBe(
    "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/$disconnect",
  );
});

test("the $disconnect event has the close code and reason of the client", async () => {
  const { served, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  socket.webSocket.close(4000, "enough");
  expect(closeReasonOf(await disconnected)).toEqual([4000, "enough"]);
});

test("a socket that closes without a close frame has the code 1006 in $disconnect", async () => {
  const { served, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  socket.webSocket.terminate();
  expect(closeReasonOf(await disconnected)).toEqual([1006, "Connection closed abnormally"]);
});

test("a failure of $disconnect is reported, and later connections work", async () => {
  const { served, url, reported } = await serve(() => Promise.reject(new Error("boom")));
  await using _served = served;
  using socket = await connect(url);
  socket.webSocket.close();
  expect(await reported).toBe("stock-watch $disconnect: the function failed: Error: boom");
  using again = await connect(url);
  expect(await echo(again)).toBe('{"action":"echo"}');
});

test("a connection without a message for 10 minutes is closed with 1001", async () => {
  const { served, clock, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  clock.advance(10 * MINUTE_MS - 1);
  expect(await echo(socket)).toBe('{"action":"echo"}');
  clock.advance(10 * MINUTE_MS - 1);
  expect(socket.webSocket.readyState).toBe(socket.webSocket.OPEN);
  clock.advance(1);
  expect(await socket.closed).toEqual({ code: 1001, reason: "Going away" });
  expect(closeReasonOf(await disconnected)).toEqual([1001, "Going away"]);
});

test("a connection with regular messages is closed with 1001 after 2 hours", async () => {
  const { served, clock, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  for (let minutes = 5; minutes < 120; minutes += 5) {
    clock.advance(5 * MINUTE_MS);
    await echo(socket);
  }
  clock.advance(5 * MINUTE_MS);
  expect(await socket.closed).toEqual({ code: 1001, reason: "Going away" });
  expect(closeReasonOf(await disconnected)).toEqual([1001, "Going away"]);
});

/** A message of the given size for the route `echo`. */
function messageOf(bytes: number): string {
  const message = `{"action":"echo","padding":"${"x".repeat(bytes - 30)}"}`;
  expect(Buffer.byteLength(message)).toBe(bytes);
  return message;
}

/** Sends a message in frames of `frameBytes`, of which the last can be shorter. */
function sendFragmented({ webSocket }: TestSocket, message: string, frameBytes: number): void {
  for (let start = 0; start < message.length; start += frameBytes) {
    const end = start + frameBytes;
    webSocket.send(message.slice(start, end), { fin: end >= message.length });
  }
}

test.each([
  ["one frame of 32 KiB", 32 * 1024, 32 * 1024],
  ["128 KiB in four frames of 32 KiB", 128 * 1024, 32 * 1024],
  ["128 KiB in frames of 1,000 bytes", 128 * 1024, 1_000],
])("a message of %s is delivered", async (_size, bytes, frameBytes) => {
  const { served, url } = await serve();
  await using _served = served;
  using socket = await connect(url);
  const message = messageOf(bytes);
  sendFragmented(socket, message, frameBytes);
  expect(await socket.next()).toBe(message);
});

test.each([
  ["a frame of 32 KiB and 1 byte", 32 * 1024 + 1, 32 * 1024 + 1],
  ["a frame of 64 KiB", 64 * 1024, 64 * 1024],
  ["a frame of 128 KiB", 128 * 1024, 128 * 1024],
  ["a frame of 200 KiB", 200 * 1024, 200 * 1024],
  ["a continuation frame of 32 KiB and 1 byte", 2 * 32 * 1024 + 1, 32 * 1024 + 1],
  ["a message of 128 KiB and 1 byte in frames of 32 KiB", 128 * 1024 + 1, 32 * 1024],
])("%s closes the connection with 1009 and is not delivered", async (_size, bytes, frameBytes) => {
  const { served, invoke, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  sendFragmented(socket, messageOf(bytes), frameBytes);
  expect((await socket.closed).code).toBe(1009);
  expect(closeReasonOf(await disconnected)).toEqual([1009, "Message too long"]);
  expect(invoke.calls).toHaveLength(1);
});

test("of one chunk, messages before a frame over the limit are delivered and later ones are not", async () => {
  const { served, invoke, url, disconnected } = await serve();
  await using _served = served;
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const handshake = request(url.replace("ws:", "http:"), { headers }).end();
  const [, transport] = (await once(handshake, "upgrade")) as [unknown, Socket];
  const echoed = '{"action":"echo","n":1}';
  transport.write(
    Buffer.concat([
      clientFrame(echoed.slice(0, 9), { fin: false }),
      clientFrame("ping", { opcode: 9 }),
      clientFrame(echoed.slice(9), { opcode: 0 }),
      clientFrame(messageOf(32 * 1024 + 1)),
      clientFrame('{"action":"echo","n":2}'),
    ]),
  );
  // On the close frame, this client disconnects.
  transport.on("data", (bytes) => bytes.includes(0x88) && transport.destroy());
  expect(closeReasonOf(await disconnected)).toEqual([1009, "Message too long"]);
  expect(invoke.calls.map(({ event }) => (event as { readonly body?: string }).body)).toEqual([
    echoed,
    undefined,
  ]);
});

test("a frame over the limit closes the connection before its payload has arrived", async () => {
  const { served, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  const { _socket: transport } = socket.webSocket as unknown as { readonly _socket: Socket };
  transport.write(clientFrame(messageOf(32 * 1024 + 1)).subarray(0, 8));
  expect((await socket.closed).code).toBe(1009);
  expect(closeReasonOf(await disconnected)).toEqual([1009, "Message too long"]);
});

test("a binary frame closes the connection with 1003", async () => {
  const { served, invoke, url, disconnected } = await serve();
  await using _served = served;
  using socket = await connect(url);
  socket.webSocket.send(Buffer.from('{"action":"echo"}'));
  expect(await socket.closed).toEqual({ code: 1003, reason: "Unsupported data" });
  expect(closeReasonOf(await disconnected)).toEqual([1003, "Unsupported data"]);
  expect(invoke.calls).toHaveLength(1);
});
