/**
 * `@connections`, with the AWS SDK's own client. Does not prove signatures: test/local/permissions does. The size at which AWS calls a
 * client's buffer full is not documented; here it is 1 MiB.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
import { setImmediate as nextTurn } from "node:timers/promises";
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
import { ManualClock } from "../../../local/clock.ts";
import { serveWebSocketApi } from "../../../local/gateway/web-socket-api.ts";
import { OPEN_DOOR } from "../permissions/open-door.ts";
import { createInvoke, createRoute, createWebSocketApi, type StandIn } from "./apis.ts";
import { askForId, connect } from "./clients.ts";

const NOW = "2026-11-21T01:02:03.456Z";

/** An API with a route that tells a connection's id, and the SDK's client for it. */
async function serve(standIns: Readonly<Record<string, StandIn>> = {}) {
  const clock = new ManualClock(Date.parse(NOW));
  const api = createWebSocketApi([
    createRoute("id", { twoWay: true }),
    ...Object.keys(standIns).map((routeKey) => createRoute(routeKey)),
  ]);
  const invoke = createInvoke({
    id: ({ requestContext }) => ({ statusCode: 200, body: requestContext.connectionId }),
    ...standIns,
  });
  const served = await serveWebSocketApi(api, { door: OPEN_DOOR, invoke, clock, report: () => {} });
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

test("a POST reaches the socket as one text frame", async () => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await askForId(socket);
  const { $metadata } = await served.post(id, '{"price":"2400 €"}');
  expect($metadata.httpStatusCode).toBe(200);
  expect(await socket.next()).toBe('{"price":"2400 €"}');
});

test.each([
  ["as it is", "@connections", (id: string) => id],
  ["encoded", "@connections", encodeURIComponent],
  ["encoded, and the @ too", "%40connections", encodeURIComponent],
])("the id may come %s", async (_how, resource, encode) => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await askForId(socket);
  const response = await fetch(`${served.origin}/development/${resource}/${encode(id)}`, {
    method: "POST",
    body: "hello",
  });
  expect(response.status).toBe(200);
  expect(await socket.next()).toBe("hello");
});

test("a GET tells since when a connection is there, when it was last active, and who it is", async () => {
  await using served = await serve();
  using socket = await connect(served.url, [], { headers: { "user-agent": "Mozilla/5.0" } });
  const ConnectionId = await askForId(socket);
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

test("a DELETE closes the socket, which $disconnect then tells", async () => {
  const disconnected = Promise.withResolvers<unknown>();
  await using served = await serve({
    $disconnect: (event) => {
      disconnected.resolve(event);
      return { statusCode: 200 };
    },
  });
  using socket = await connect(served.url);
  const ConnectionId = await askForId(socket);
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

test("after a DELETE the connection is gone at once, whatever its client makes of it", async () => {
  const disconnected = Promise.withResolvers<unknown>();
  await using served = await serve({
    $disconnect: (event) => {
      disconnected.resolve(event);
      return { statusCode: 200 };
    },
  });
  using socket = await connect(served.url);
  const ConnectionId = await askForId(socket);
  socket.webSocket.pause();
  await served.client.send(new DeleteConnectionCommand({ ConnectionId }));
  await expect(served.post(ConnectionId, "hello")).rejects.toBeInstanceOf(GoneException);
  socket.webSocket.terminate();
  expect(await disconnected.promise).toMatchObject({ requestContext: { disconnectStatusCode: 1000 } });
});

test("a well-formed id that nobody has is gone", async () => {
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

test("a connection whose client has closed is gone", async () => {
  const disconnected = Promise.withResolvers<void>();
  await using served = await serve({
    $disconnect: () => {
      disconnected.resolve();
      return { statusCode: 200 };
    },
  });
  using socket = await connect(served.url);
  const id = await askForId(socket);
  socket.webSocket.close();
  await disconnected.promise;
  await expect(served.post(id, "hello")).rejects.toBeInstanceOf(GoneException);
});

test("a connection whose $connect has not finished is gone", async () => {
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

test("a malformed id is a bad request", async () => {
  await using served = await serve();
  await expect(served.post("nobody", "hello")).rejects.toMatchObject({
    name: "BadRequestException",
    message: "Invalid connectionId: nobody",
    $metadata: { httpStatusCode: 400 },
  });
});

test("128 KiB are posted, a byte more is too large", async () => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await askForId(socket);
  await served.post(id, "x".repeat(128 * 1024));
  expect(await socket.next()).toHaveLength(128 * 1024);
  await expect(served.post(id, "x".repeat(128 * 1024 + 1))).rejects.toBeInstanceOf(PayloadTooLargeException);
});

test("a client that does not read has its limit exceeded, and nothing of what was taken is lost", async () => {
  await using served = await serve();
  using socket = await connect(served.url);
  const id = await askForId(socket);
  socket.webSocket.pause();
  const data = "x".repeat(128 * 1024);
  let taken = 0;
  let refused: unknown;
  while (!refused && taken < 1000) {
    await served.post(id, data).then(
      () => {
        taken += 1;
      },
      (error: unknown) => {
        refused = error;
      },
    );
  }
  expect(refused).toBeInstanceOf(LimitExceededException);
  socket.webSocket.resume();
  for (let read = 0; read < taken; read += 1) expect(await socket.next()).toHaveLength(128 * 1024);
  await nextTurn();
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
])("%s %s is refused with 403", async (method, path, message) => {
  await using served = await serve();
  const response = await fetch(served.origin + path, { method });
  expect([response.status, await response.json()]).toEqual([403, { message }]);
});

test("a stage that is missing from the endpoint is a service exception, as on AWS", async () => {
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
