/**
 * Messages and responses, over real sockets. Does not prove gateway error messages that clients have not
 * logged, nor what AWS sends for a response without a body.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
import { expect, test } from "vitest";
import type { Route } from "#emulator/apigateway/model.ts";
import { serveWebSocketApi } from "#emulator/apigateway/web-socket-api.ts";
import { ManualClock } from "#emulator/clock.ts";
import { ALLOW_ALL } from "../iam/allow-all.ts";
import { createInvoke, createRoute, createWebSocketApi, type Stub } from "./apis.ts";
import { connect } from "./clients.ts";
import messageFixture from "./fixtures/web-socket-message.json" with { type: "json" };

async function serve(routes: readonly Route[], stubs: Readonly<Record<string, Stub>>) {
  const invoke = createInvoke(stubs);
  const reports: string[] = [];
  const served = await serveWebSocketApi(createWebSocketApi(routes), {
    authProxy: ALLOW_ALL,
    invoke,
    clock: new ManualClock(messageFixture.requestContext.requestTimeEpoch),
    report: (line) => reports.push(line),
  });
  return { served, invoke, reports, url: `ws://127.0.0.1:${served.port}/development` };
}

/** A two-way route; its response shows that an earlier message had none. */
const echo = createRoute("echo", { twoWay: true });
const respondEcho: Stub = () => ({ statusCode: 200, body: "echo" });

test("the message event has exactly the fields of an event on AWS", async () => {
  const { served, invoke, url } = await serve([createRoute("watch", { twoWay: true })], {
    watch: () => ({ statusCode: 200, body: "seen" }),
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send(messageFixture.body);
  await socket.next();

  const [call] = invoke.calls;
  const event = call?.event as typeof messageFixture;
  const { connectionId, requestId, messageId } = event.requestContext;
  expect(event).toEqual({
    ...messageFixture,
    requestContext: {
      ...messageFixture.requestContext,
      connectedAt: messageFixture.requestContext.requestTimeEpoch,
      domainName: new URL(url).host,
      identity: { sourceIp: "127.0.0.1" },
      connectionId,
      requestId,
      extendedRequestId: requestId,
      messageId,
    },
  });
  expect(call?.sourceArn).toBe("arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/watch");
});

test("messages of a connection share the connection id and have unique request and message ids", async () => {
  const { served, url } = await serve([echo], {
    echo: ({ requestContext }) => ({ statusCode: 200, body: JSON.stringify(requestContext) }),
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "echo" });
  const first = JSON.parse(await socket.next());
  socket.send({ action: "echo" });
  const second = JSON.parse(await socket.next());
  expect(second.connectionId).toBe(first.connectionId);
  expect(new Set([first.requestId, second.requestId, first.messageId, second.messageId]).size).toBe(4);
});

test.each([
  ["a message that is not JSON", "hello"],
  ["an action without a route", '{"action":"sell"}'],
])("%s is routed to $default", async (_what, message) => {
  const { served, url } = await serve([createRoute("$default", { twoWay: true })], {
    $default: ({ body }) => ({ statusCode: 200, body: `default got ${body}` }),
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send(message);
  expect(await socket.next()).toBe(`default got ${message}`);
});

test("a message that matches no route returns Forbidden when $default is not declared", async () => {
  const { served, url } = await serve([echo], { echo: respondEcho });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "sell" });
  expect(await socket.next()).toMatch(
    /^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
  );
});

test.each([200, 400, 500])(
  "a two-way route sends the response body for the status code %i",
  async (statusCode) => {
    const { served, url } = await serve([echo], { echo: () => ({ statusCode, body: "the body" }) });
    await using _served = served;
    using socket = await connect(url);
    socket.send({ action: "echo" });
    expect(await socket.next()).toBe("the body");
  },
);

test.each<[string, Route, unknown]>([
  ["the body of a one-way route", createRoute("quiet"), { statusCode: 200, body: "not sent" }],
  ["the status code of a one-way route", createRoute("quiet"), { statusCode: 501 }],
  ["the missing body of a two-way route", createRoute("quiet", { twoWay: true }), { statusCode: 200 }],
])("%s is not sent to the client", async (_what, route, result) => {
  const { served, url } = await serve([route, echo], { quiet: () => result, echo: respondEcho });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "quiet" });
  socket.send({ action: "echo" });
  expect(await socket.next()).toBe("echo");
  expect(socket.unread).toEqual([]);
});

test.each<[string, Stub, string]>([
  ["fails", () => Promise.reject(new Error("boom")), "the function failed: Error: boom"],
  [
    "must not be invoked",
    () => ({ outcome: "forbidden", message: "no permission" }),
    "the call was forbidden: no permission",
  ],
  [
    "is throttled by Lambda",
    () => ({ outcome: "throttled", message: "full" }),
    "Lambda throttled the call: full",
  ],
  ["times out", () => new Promise(() => {}), "the integration timed out: no response within 50 ms"],
])("a one-way route whose function %s sends Internal server error", async (_what, stub, line) => {
  const { served, reports, url } = await serve([createRoute("sell", { timeoutMs: 50 })], { sell: stub });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "sell" });
  expect(await socket.next()).toMatch(
    /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
  );
  expect(reports).toEqual([`stock-watch sell: ${line}`]);
});

test("a gateway error contains the connection id and the request id of the failed event", async () => {
  const { served, invoke, url } = await serve([createRoute("sell")], {
    sell: () => Promise.reject(new Error("boom")),
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "sell" });
  const { connectionId, requestId } = JSON.parse(await socket.next());
  expect(invoke.calls[0]?.event).toMatchObject({ requestContext: { connectionId, requestId } });
});

test("a throttled message returns Too Many Requests without calling the function", async () => {
  const throttle = { rateLimit: 1, burstLimit: 1 };
  const { served, invoke, url } = await serve([{ ...echo, throttle }], { echo: respondEcho });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "echo" });
  expect(await socket.next()).toBe("echo");
  socket.send({ action: "echo" });
  expect(await socket.next()).toMatch(
    /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
  );
  expect(invoke.calls).toHaveLength(1);
});

test("messages of one socket run concurrently", async () => {
  const release = Promise.withResolvers<void>();
  const { served, url } = await serve([createRoute("slow", { twoWay: true }), echo], {
    slow: async () => {
      await release.promise;
      return { statusCode: 200, body: "slow" };
    },
    echo: respondEcho,
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "slow" });
  socket.send({ action: "echo" });
  expect(await socket.next()).toBe("echo");
  release.resolve();
  expect(await socket.next()).toBe("slow");
});
