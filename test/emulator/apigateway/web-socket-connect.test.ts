/**
 * `$connect`, over real sockets. Does not prove the status codes for a timeout and a missing permission,
 * which are those of REST APIs; 2xx, the function's status codes and 502 were observed on AWS.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Route } from "#emulator/apigateway/model.ts";
import { serveWebSocketApi } from "#emulator/apigateway/web-socket-api.ts";
import { ManualClock } from "#emulator/clock.ts";
import { ALLOW_ALL } from "../iam/allow-all.ts";
import { createInvoke, createRoute, createWebSocketApi, type Stub } from "./apis.ts";
import { connect, Refused } from "./clients.ts";
import connectFixture from "./fixtures/web-socket-connect.json" with { type: "json" };

async function serve(
  stubs: Readonly<Record<string, Stub>>,
  routes: readonly Route[] = Object.keys(stubs).map((routeKey) => createRoute(routeKey)),
) {
  const invoke = createInvoke(stubs);
  const reports: string[] = [];
  const clock = new ManualClock(connectFixture.requestContext.requestTimeEpoch);
  const served = await serveWebSocketApi(createWebSocketApi(routes), {
    authProxy: ALLOW_ALL,
    invoke,
    clock,
    report: (line) => reports.push(line),
  });
  const origin = `127.0.0.1:${served.port}`;
  return { served, invoke, clock, reports, origin, url: `ws://${origin}/development` };
}

/** `accepted`, or the status and body of the refused handshake, with ids replaced. */
async function refusal(connecting: Promise<Disposable>): Promise<string> {
  try {
    using _socket = await connecting;
    return "accepted";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.message.replaceAll(/[\w-]{15}=/g, "ID");
  }
}

test("the $connect event has exactly the fields of an event on AWS", async () => {
  const { served, invoke, url } = await serve({ $connect: () => ({ statusCode: 200 }) });
  await using _served = served;
  using _socket = await connect(url, [], {
    origin: "https://d111111abcdef8.cloudfront.net",
    headers: { "user-agent": "Mozilla/5.0" },
  });

  const [call] = invoke.calls;
  const event = call?.event as typeof connectFixture;
  const { host } = new URL(url);
  const varying = {
    Host: host,
    "Sec-WebSocket-Key": event.headers["Sec-WebSocket-Key"],
    "X-Amzn-Trace-Id": event.headers["X-Amzn-Trace-Id"],
    "X-Forwarded-For": "127.0.0.1",
  };
  const { connectionId, requestId } = event.requestContext;
  const headers = { ...connectFixture.headers, ...varying };
  expect(event).toEqual({
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    requestContext: {
      ...connectFixture.requestContext,
      connectedAt: connectFixture.requestContext.requestTimeEpoch,
      domainName: host,
      identity: { sourceIp: "127.0.0.1", userAgent: "Mozilla/5.0" },
      connectionId,
      requestId,
      extendedRequestId: requestId,
    },
    isBase64Encoded: false,
  });
  expect(connectionId).toMatch(/^[\w-]{15}=$/);
  expect(call?.functionArn).toBe("arn:aws:lambda:us-east-1:123456789012:function:_connect:next");
  expect(call?.sourceArn).toBe("arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/$connect");
});

test("the $connect event has all values and the last value of each query parameter", async () => {
  const { served, invoke, url } = await serve({ $connect: () => ({ statusCode: 200 }) });
  await using _served = served;
  using _socket = await connect(`${url}?a=1&a=2&b=x%20y`);
  expect(invoke.calls[0]?.event).toMatchObject({
    queryStringParameters: { a: "2", b: "x y" },
    multiValueQueryStringParameters: { a: ["1", "2"], b: ["x y"] },
  });
});

test("the socket opens only after the $connect function has returned", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const called = Promise.withResolvers<void>();
  const { served, url } = await serve({
    $connect: () => {
      called.resolve();
      return promise;
    },
  });
  await using _served = served;
  let isOpen = false;
  const connecting = connect(url).then((socket) => {
    isOpen = true;
    return socket;
  });
  await called.promise;
  expect(isOpen).toBe(false);
  resolve({ statusCode: 204 });
  using _socket = await connecting;
  expect(isOpen).toBe(true);
});

test("a handshake is accepted when the API has no $connect route", async () => {
  const { served, url } = await serve({});
  await using _served = served;
  using socket = await connect(`${url}/`);
  expect(socket.webSocket.protocol).toBe("");
});

const GATEWAY_ERROR = '{"message": "Internal server error", "connectionId":"ID", "requestId":"ID"}';

test.each<[string, Stub, string]>([
  ["returns 401", () => ({ statusCode: 401, body: "no" }), "401 "],
  ["returns 301", () => ({ statusCode: 301 }), "301 "],
  ["throws", () => Promise.reject(new Error("boom")), `502 ${GATEWAY_ERROR}`],
  ["returns without a status", () => ({ body: "hello" }), `502 ${GATEWAY_ERROR}`],
  ["returns undefined", () => undefined, `502 ${GATEWAY_ERROR}`],
  ["must not be invoked", () => ({ outcome: "forbidden", message: "no permission" }), `500 ${GATEWAY_ERROR}`],
  ["is throttled by Lambda", () => ({ outcome: "throttled", message: "full" }), `500 ${GATEWAY_ERROR}`],
])("a $connect function that %s rejects the handshake", async (_what, stub, expected) => {
  const { served, url } = await serve({ $connect: stub });
  await using _served = served;
  expect(await refusal(connect(url))).toBe(expected);
});

test("a $connect function that exceeds the integration timeout returns 504", async () => {
  const { served, reports, url } = await serve({ $connect: () => new Promise(() => {}) }, [
    createRoute("$connect", { timeoutMs: 50 }),
  ]);
  await using _served = served;
  expect(await refusal(connect(url))).toBe(`504 ${GATEWAY_ERROR}`);
  expect(reports).toEqual(["stock-watch $connect: the integration timed out: no response within 50 ms"]);
});

test("a throttled handshake returns 429 without calling the $connect function", async () => {
  const { served, invoke, clock, url } = await serve({ $connect: () => ({ statusCode: 200 }) }, [
    createRoute("$connect", { throttle: { rateLimit: 1, burstLimit: 1 } }),
  ]);
  await using _served = served;
  using _first = await connect(url);
  expect(await refusal(connect(url))).toBe(
    '429 {"message": "Too Many Requests", "connectionId":"ID", "requestId":"ID"}',
  );
  expect(invoke.calls).toHaveLength(1);
  clock.advance(1000);
  expect(await refusal(connect(url))).toBe("accepted");
});

test("a forbidden call, a failure and a malformed response of $connect are each reported in one line", async () => {
  const results: unknown[] = [
    { outcome: "forbidden", message: "Expected a permission, got none." },
    { outcome: "failed", message: "TypeError: x is undefined\n    at handler" },
    { body: 1 },
  ];
  const { served, reports, url } = await serve({ $connect: () => results.shift() });
  await using _served = served;
  for (const _result of [1, 2, 3]) await refusal(connect(url));
  expect(reports).toEqual([
    "stock-watch $connect: the call was forbidden: Expected a permission, got none.",
    "stock-watch $connect: the function failed: TypeError: x is undefined at handler",
    "stock-watch $connect: malformed function response: expected an integer as `statusCode` and a string, if any, " +
      'as `body`, got {"body":1}',
  ]);
});

test.each<[string, object]>([
  ["headers", { headers: { "Sec-WebSocket-Protocol": "ticker-watch" } }],
  ["lower-case headers", { headers: { "sec-websocket-protocol": "ticker-watch" } }],
  ["multiValueHeaders", { multiValueHeaders: { "Sec-WebSocket-Protocol": ["ticker-watch"] } }],
])("a subprotocol that $connect returns in %s is echoed", async (_where, headers) => {
  const { served, url } = await serve({ $connect: () => ({ statusCode: 200, ...headers }) });
  await using _served = served;
  using socket = await connect(url, ["other", "ticker-watch"]);
  expect(socket.webSocket.protocol).toBe("ticker-watch");
});

test("a client that offers a subprotocol fails when $connect selects none", async () => {
  const { served, url } = await serve({ $connect: () => ({ statusCode: 200 }) });
  await using _served = served;
  await expect(connect(url, ["ticker-watch"])).rejects.toThrow("Server sent no subprotocol");
});

test.each(["/", "/production", "/development/watch", "/developments"])(
  "an upgrade on the path %s outside the stage returns 403",
  async (path) => {
    const { served, invoke, origin } = await serve({ $connect: () => ({ statusCode: 200 }) });
    await using _served = served;
    expect(await refusal(connect(`ws://${origin}${path}`))).toBe('403 {"message":"Forbidden"}');
    expect(invoke.calls).toEqual([]);
  },
);

test.each([
  ["without a key", ["Sec-WebSocket-Version: 13"]],
  ["of another version", ["Sec-WebSocket-Version: 7", "Sec-WebSocket-Key: am5ubWVpbHd3bmNyYXF0ag=="]],
])("a handshake %s returns 400 without calling the function", async (_what, headers) => {
  const { served, invoke, origin } = await serve({ $connect: () => ({ statusCode: 200 }) });
  await using _served = served;
  const { stdout } = await promisify(execFile)("curl", [
    ...["--silent", "--write-out", " %{http_code}"],
    ...["Connection: Upgrade", "Upgrade: websocket", ...headers].flatMap((header) => ["-H", header]),
    `http://${origin}/development`,
  ]);
  expect(stdout).toBe('{"message":"Bad Request"} 400');
  expect(invoke.calls).toEqual([]);
});

test("an upgrade to another protocol is handled as a plain request", async () => {
  const { served, origin } = await serve({});
  await using _served = served;
  const upgrade = ["Connection: Upgrade", "Upgrade: h2c"].flatMap((header) => ["-H", header]);
  const { stdout } = await promisify(execFile)("curl", ["--silent", ...upgrade, `${origin}/development`]);
  expect(stdout).toBe('{"message":"Missing Authentication Token"}');
});

test("disposing closes sockets and pending handshakes without running $disconnect", async () => {
  const called = Promise.withResolvers<void>();
  const { served, invoke, url } = await serve({
    $connect: (_event) => {
      if (invoke.calls.length === 1) return { statusCode: 200 };
      called.resolve();
      return new Promise(() => {});
    },
    $disconnect: () => ({ statusCode: 200 }),
  });
  using open = await connect(url);
  const pending = connect(url);
  await called.promise;
  await served[Symbol.asyncDispose]();
  await expect(pending).rejects.toThrow("socket hang up");
  expect((await open.closed).code).toBe(1006);
  expect(invoke.calls.map(({ sourceArn }) => sourceArn.split("/")[2])).toEqual(["$connect", "$connect"]);
});
