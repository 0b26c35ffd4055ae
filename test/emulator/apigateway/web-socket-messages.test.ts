/**
 * Messages and their answers, over real sockets. Does not prove the texts of the gateway's own errors beyond what clients of
 * AWS have logged, nor what AWS sends for an answer without a body.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
import { expect, test } from "vitest";
import type { Route } from "#emulator/apigateway/model.ts";
import { serveWebSocketApi } from "#emulator/apigateway/web-socket-api.ts";
import { ManualClock } from "#emulator/clock.ts";
import { ALLOW_ALL } from "../iam/open-door.ts";
import { createInvoke, createRoute, createWebSocketApi, type StandIn } from "./apis.ts";
import { connect } from "./clients.ts";
import messageFixture from "./fixtures/web-socket-message.json" with { type: "json" };

async function serve(routes: readonly Route[], standIns: Readonly<Record<string, StandIn>>) {
  const invoke = createInvoke(standIns);
  const reports: string[] = [];
  const served = await serveWebSocketApi(createWebSocketApi(routes), {
    authProxy: ALLOW_ALL,
    invoke,
    clock: new ManualClock(messageFixture.requestContext.requestTimeEpoch),
    report: (line) => reports.push(line),
  });
  return { served, invoke, reports, url: `ws://127.0.0.1:${served.port}/development` };
}

/** A route that answers, to be sent after another message whose silence is to be seen. */
const echo = createRoute("echo", { twoWay: true });
const answerEcho: StandIn = () => ({ statusCode: 200, body: "echo" });

test("the function gets the event that AWS sends, field for field", async () => {
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

test("every message of a connection has the same connection id, and ids of its own", async () => {
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
  ["what is no JSON", "hello"],
  ["an action without a route", '{"action":"sell"}'],
])("%s goes to $default", async (_what, message) => {
  const { served, url } = await serve([createRoute("$default", { twoWay: true })], {
    $default: ({ body }) => ({ statusCode: 200, body: `default got ${body}` }),
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send(message);
  expect(await socket.next()).toBe(`default got ${message}`);
});

test("without $default a message that names no route is Forbidden", async () => {
  const { served, url } = await serve([echo], { echo: answerEcho });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "sell" });
  expect(await socket.next()).toMatch(
    /^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
  );
});

test.each([200, 400, 500])(
  "a two-way route sends the answer's body, with status %i too",
  async (statusCode) => {
    const { served, url } = await serve([echo], { echo: () => ({ statusCode, body: "the body" }) });
    await using _served = served;
    using socket = await connect(url);
    socket.send({ action: "echo" });
    expect(await socket.next()).toBe("the body");
  },
);

test.each<[string, Route, unknown]>([
  ["a one-way route's body", createRoute("quiet"), { statusCode: 200, body: "not sent" }],
  ["a one-way route's status", createRoute("quiet"), { statusCode: 501 }],
  ["a two-way route without a body", createRoute("quiet", { twoWay: true }), { statusCode: 200 }],
])("%s reaches nobody", async (_what, route, answer) => {
  const { served, url } = await serve([route, echo], { quiet: () => answer, echo: answerEcho });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "quiet" });
  socket.send({ action: "echo" });
  expect(await socket.next()).toBe("echo");
  expect(socket.unread).toEqual([]);
});

test.each<[string, StandIn, string]>([
  ["fails", () => Promise.reject(new Error("boom")), "the function failed: Error: boom"],
  [
    "may not be called",
    () => ({ outcome: "forbidden", message: "no permission" }),
    "the call was forbidden: no permission",
  ],
  [
    "is throttled by Lambda",
    () => ({ outcome: "throttled", message: "full" }),
    "Lambda throttled the call: full",
  ],
  ["takes too long", () => new Promise(() => {}), "the integration timed out: no answer within 50 ms"],
])("a function that %s is an internal server error, on a one-way route too", async (_what, standIn, line) => {
  const { served, reports, url } = await serve([createRoute("sell", { timeoutMs: 50 })], { sell: standIn });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "sell" });
  expect(await socket.next()).toMatch(
    /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
  );
  expect(reports).toEqual([`stock-watch sell: ${line}`]);
});

test("the gateway's error carries the ids of the event that failed", async () => {
  const { served, invoke, url } = await serve([createRoute("sell")], {
    sell: () => Promise.reject(new Error("boom")),
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "sell" });
  const { connectionId, requestId } = JSON.parse(await socket.next());
  expect(invoke.calls[0]?.event).toMatchObject({ requestContext: { connectionId, requestId } });
});

test("a throttled message is answered Too Many Requests, and the function not called", async () => {
  const throttle = { rateLimit: 1, burstLimit: 1 };
  const { served, invoke, url } = await serve([{ ...echo, throttle }], { echo: answerEcho });
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
    echo: answerEcho,
  });
  await using _served = served;
  using socket = await connect(url);
  socket.send({ action: "slow" });
  socket.send({ action: "echo" });
  expect(await socket.next()).toBe("echo");
  release.resolve();
  expect(await socket.next()).toBe("slow");
});
