/**
 * `@connections`, called with the AWS SDK client. Does not prove signatures (test/emulator/iam does) nor
 * the buffer limit of AWS, which is undocumented and 1 MiB here.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
import { setImmediate as nextEventLoopTurn } from "node:timers/promises";
import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { expect, test } from "vitest";
import { serveWebSocketApi } from "#emulator/apigateway/web-socket-api.ts";
import { ManualClock } from "#emulator/clock.ts";
import { ALLOW_ALL } from "../iam/allow-all.ts";
import { createInvoke, createRoute, createWebSocketApi, type Stub } from "./apis.ts";
import { connect, readConnectionId } from "./clients.ts";

const NOW = "2026-11-21T01:02:03.456Z";

/** An API with a route that returns the connection id, and an SDK client for it. */
async function serve(stubs: Readonly<Record<string, Stub>> = {}) {
  const clock = new ManualClock(Date.parse(NOW));
  const api = createWebSocketApi([
    createRoute("id", { twoWay: true }),
    ...Object.keys(stubs).map((routeKey) => createRoute(routeKey)),
  ]);
  const invoke = createInvoke({
    id: ({ requestContext }) => ({ statusCode: 200, body: requestContext.connectionId }),
    ...stubs,
  });
  const served = await serveWebSocketApi(api, { authProxy: ALLOW_ALL, invoke, clock, report: () => {} });
  const origin = `http://127.0.0.1:${served.port}`;
  const client = new ApiGatewayManagementApiClient({
    endpoint: `${origin}/development`,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  return {
    clock,
    client,
    origin,
    url: `ws://127.0.0.1:${served.port}/development`,
    post: (ConnectionId: string, Data: string) =>
      client.send(new PostToConnectionCommand({ ConnectionId, Data })),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await served[Symbol.asyncDispose]();
    },
  };
}

test("POST @connections sends the body to the client as one text frame", async () => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await readConnectionId(socket);
  const { $metadata } = await served.post(id, '{"price":"2400 €"}');
  expect($metadata.httpStatusCode).toBe(200);
  expect(await socket.next()).toBe('{"price":"2400 €"}');
});

test.each([
  ["an unencoded id", "@connections", (id: string) => id],
  ["an encoded id", "@connections", encodeURIComponent],
  ["an encoded id and an encoded @", "%40connections", encodeURIComponent],
])("POST @connections accepts %s", async (_description, resource, encode) => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await readConnectionId(socket);
  const response = await fetch(`${served.origin}/development/${resource}/${encode(id)}`, {
    method: "POST",
    body: "hello",
  });
  expect(response.status).toBe(200);
  expect(await socket.next()).toBe("hello");
});

test("GET @connections returns the connect time, the last activity and the client identity", async () => {
  await using served = await serve();
  using socket = await connect(served.url, [], { headers: { "user-agent": "Mozilla/5.0" } });
  const ConnectionId = await readConnectionId(socket);
  served.clock.advance(1000);
  await served.post(ConnectionId, "hello");
  served.clock.advance(1000);
  const { $metadata, ...connection } = await served.client.send(new GetConnectionCommand({ ConnectionId }));
  expect(connection).toEqual({
    ConnectedAt: new Date(NOW),
    LastActiveAt: new Date(Date.parse(NOW) + 1000),
    Identity: { SourceIp: "127.0.0.1", UserAgent: "Mozilla/5.0" },
  });
  expect($metadata.httpStatusCode).toBe(200);
});

test("DELETE @connections closes the socket and runs $disconnect with code 1000", async () => {
  const disconnected = Promise.withResolvers<unknown>();
  await using served = await serve({
    $disconnect: (event) => {
      disconnected.resolve(event);
      return { statusCode: 200 };
    },
  });
  using socket = await connect(served.url);
  const ConnectionId = await readConnectionId(socket);
  const { $metadata } = await served.client.send(new DeleteConnectionCommand({ ConnectionId }));
  expect($metadata.httpStatusCode).toBe(204);
  expect(await socket.closed).toEqual({ code: 1000, reason: "Connection Closed Normally" });
  expect(await disconnected.promise).toMatchObject({
    requestContext: {
      connectionId: ConnectionId,
      disconnectStatusCode: 1000,
      disconnectReason: "Connection Closed Normally",
    },
  });
});

test("POST @connections returns 410 right after a DELETE, before the client has closed its socket", async () => {
  const disconnected = Promise.withResolvers<unknown>();
  await using served = await serve({
    $disconnect: (event) => {
      disconnected.resolve(event);
      return { statusCode: 200 };
    },
  });
  using socket = await connect(served.url);
  const ConnectionId = await readConnectionId(socket);
  socket.webSocket.pause();
  await served.client.send(new DeleteConnectionCommand({ ConnectionId }));
  await expect(served.post(ConnectionId, "hello")).rejects.toBeInstanceOf(GoneException);
  socket.webSocket.terminate();
  expect(await disconnected.promise).toMatchObject({ requestContext: { disconnectStatusCode: 1000 } });
});

test("POST, GET and DELETE @connections return 410 for a well-formed unknown connection id", async () => {
  await using served = await serve();
  await expect(served.post("TkJq1cKoIAMCJ8g=", "hello")).rejects.toMatchObject({
    name: "GoneException",
    $metadata: { httpStatusCode: 410 },
  });
  for (const Command of [GetConnectionCommand, DeleteConnectionCommand]) {
    await expect(
      served.client.send(new Command({ ConnectionId: "TkJq1cKoIAMCJ8g=" })),
    ).rejects.toBeInstanceOf(GoneException);
  }
});

test("POST @connections returns 410 for a connection that its client has closed", async () => {
  const disconnected = Promise.withResolvers<void>();
  await using served = await serve({
    $disconnect: () => {
      disconnected.resolve();
      return { statusCode: 200 };
    },
  });
  using socket = await connect(served.url);
  const id = await readConnectionId(socket);
  socket.webSocket.close();
  await disconnected.promise;
  await expect(served.post(id, "hello")).rejects.toBeInstanceOf(GoneException);
});

test("POST @connections returns 410 for a connection whose $connect is still running", async () => {
  const posted = Promise.withResolvers<unknown>();
  await using served = await serve({
    $connect: async ({ requestContext }) => {
      await served.post(requestContext.connectionId, "too early").catch(posted.resolve);
      return { statusCode: 200 };
    },
  });
  using _socket = await connect(served.url);
  expect(await posted.promise).toBeInstanceOf(GoneException);
});

test("POST @connections returns 400 for a malformed connection id", async () => {
  await using served = await serve();
  await expect(served.post("malformed", "hello")).rejects.toMatchObject({
    name: "BadRequestException",
    message: "Invalid connectionId: malformed",
    $metadata: { httpStatusCode: 400 },
  });
});

test("POST @connections sends 128 KiB and returns 413 for one byte more", async () => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await readConnectionId(socket);
  await served.post(id, "x".repeat(128 * 1024));
  expect(await socket.next()).toHaveLength(128 * 1024);
  await expect(served.post(id, "x".repeat(128 * 1024 + 1))).rejects.toBeInstanceOf(PayloadTooLargeException);
});

test("POST @connections returns 429 when the client stops reading, and delivers all accepted messages", async () => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await readConnectionId(socket);
  socket.webSocket.pause();
  const data = "x".repeat(128 * 1024);
  let accepted = 0;
  let refused: unknown;
  while (!refused && accepted < 1000) {
    await served.post(id, data).then(
      () => {
        accepted += 1;
      },
      (error: unknown) => {
        refused = error;
      },
    );
  }
  expect(refused).toBeInstanceOf(LimitExceededException);
  socket.webSocket.resume();
  for (let read = 0; read < accepted; read += 1) expect(await socket.next()).toHaveLength(128 * 1024);
  await nextEventLoopTurn();
  expect(socket.unread).toEqual([]);
});

test.each([
  ["GET", "/", "Forbidden"],
  ["POST", "/production/@connections/TkJq1cKoIAMCJ8g=", "Forbidden"],
  ["POST", "/@connections/TkJq1cKoIAMCJ8g=", "Forbidden"],
  ["GET", "/development", "Missing Authentication Token"],
  ["POST", "/development/@connections", "Missing Authentication Token"],
  ["PUT", "/development/@connections/TkJq1cKoIAMCJ8g=", "Missing Authentication Token"],
  ["GET", "/development/%zz", "Missing Authentication Token"],
])("%s %s on a WebSocket API returns 403", async (method, path, message) => {
  await using served = await serve();
  const response = await fetch(served.origin + path, { method });
  expect([response.status, await response.json()]).toEqual([403, { message }]);
});

test("the SDK throws ForbiddenException for an endpoint without a stage, as on AWS", async () => {
  await using served = await serve();
  const client = new ApiGatewayManagementApiClient({
    endpoint: served.origin,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  });
  const command = new PostToConnectionCommand({ ConnectionId: "TkJq1cKoIAMCJ8g=", Data: "hello" });
  const error: unknown = await client.send(command).catch((thrown: unknown) => thrown);
  client.destroy();
  expect(error).toBeInstanceOf(ApiGatewayManagementApiServiceException);
  expect(error).toMatchObject({ name: "ForbiddenException", $metadata: { httpStatusCode: 403 } });
});
