/**
 * The authorizer of `$connect`, over real sockets. Does not prove the error messages, which AWS does not
 * document, nor the status codes, which are those of REST APIs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
import { expect, test } from "vitest";
import type { Authorizer, Invoke, Route } from "#emulator/apigateway/model.ts";
import { serveWebSocketApi } from "#emulator/apigateway/web-socket-api.ts";
import { ManualClock } from "#emulator/clock.ts";
import { invokeForApi } from "#emulator/lambda/lambda-service.ts";
import { declareFunction } from "../declare-function.ts";
import { ALLOW_ALL } from "../iam/allow-all.ts";
import { createAuthorizer, createInvoke, createRoute, createWebSocketApi, type Stub } from "./apis.ts";
import { connect, Refused } from "./clients.ts";
import connectFixture from "./fixtures/web-socket-connect.json" with { type: "json" };

const METHOD_ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/$connect";
const AUTHORIZER_ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/authorizers/k1l2m3";

const POLICY = {
  principalId: "user003",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: METHOD_ARN }],
  },
};
const DENIAL = {
  ...POLICY,
  policyDocument: { Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }] },
};
const CONTEXT = { user: "user003", count: 3, admin: false };

const PROTOCOLS = ["ticker-watch", "token"];

interface Changes {
  readonly authorizer?: Partial<Authorizer>;
  readonly connect?: Partial<Route>;
  readonly invoke?: Invoke;
}

async function serve(stubs: Readonly<Record<string, Stub>>, changes: Changes = {}) {
  const invoke = createInvoke({
    $connect: () => ({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "ticker-watch" } }),
    $disconnect: () => ({ statusCode: 200 }),
    watch: ({ requestContext }) => ({ statusCode: 200, body: JSON.stringify(requestContext) }),
    ...stubs,
  });
  const authorizer = createAuthorizer(["sec-websocket-protocol"], changes.authorizer);
  const api = createWebSocketApi([
    createRoute("$connect", { authorizer, ...changes.connect }),
    createRoute("$disconnect"),
    createRoute("watch", { twoWay: true }),
  ]);
  const reports: string[] = [];
  const clock = new ManualClock(connectFixture.requestContext.requestTimeEpoch);
  const report = (line: string) => reports.push(line);
  const served = await serveWebSocketApi(api, {
    authProxy: ALLOW_ALL,
    invoke: changes.invoke ?? invoke,
    clock,
    report,
  });
  const called = () => invoke.calls.map(({ sourceArn }) => sourceArn.split("/").slice(1).join("/"));
  return { served, invoke, called, clock, reports, url: `ws://127.0.0.1:${served.port}/development` };
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

const body = (message: string) => `{"message": "${message}", "connectionId":"ID", "requestId":"ID"}`;

test("the $connect authorizer event has exactly the fields documented by AWS", async () => {
  const { served, invoke, url } = await serve({ authorize: () => POLICY });
  await using _served = served;
  using _socket = await connect(`${url}?a=1&a=2`, PROTOCOLS, {
    origin: "https://d111111abcdef8.cloudfront.net",
    headers: { "user-agent": "Mozilla/5.0" },
  });

  const [authorizing, connecting] = invoke.calls;
  const event = authorizing?.event as { requestContext: typeof connectFixture.requestContext };
  const connectEvent = connecting?.event as typeof connectFixture;
  const { host } = new URL(url);
  const headers = {
    ...connectFixture.headers,
    Host: host,
    "Sec-WebSocket-Key": connectEvent.headers["Sec-WebSocket-Key"],
    "Sec-WebSocket-Protocol": "ticker-watch,token",
    "X-Amzn-Trace-Id": connectEvent.headers["X-Amzn-Trace-Id"],
    "X-Forwarded-For": "127.0.0.1",
    Connection: "Upgrade",
    "content-length": "0",
    Upgrade: "websocket",
  };
  const { connectionId, requestId } = connectEvent.requestContext;
  expect(event).toEqual({
    type: "REQUEST",
    methodArn: METHOD_ARN,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: { a: "2" },
    multiValueQueryStringParameters: { a: ["1", "2"] },
    stageVariables: {},
    requestContext: {
      ...connectFixture.requestContext,
      connectedAt: connectFixture.requestContext.requestTimeEpoch,
      domainName: host,
      identity: { sourceIp: "127.0.0.1", userAgent: "Mozilla/5.0" },
      connectionId,
      requestId,
      extendedRequestId: requestId,
    },
  });
  expect(authorizing?.functionArn).toBe("arn:aws:lambda:us-east-1:123456789012:function:authorize:next");
  expect(authorizing?.sourceArn).toBe(AUTHORIZER_ARN);
});

test("the $connect authorizer event of a handshake without a query has empty query fields", async () => {
  const { served, invoke, url } = await serve({ authorize: () => POLICY });
  await using _served = served;
  using _socket = await connect(url, PROTOCOLS);
  const event = invoke.calls[0]?.event as Record<string, unknown>;
  expect([event["queryStringParameters"], event["multiValueQueryStringParameters"]]).toEqual([{}, {}]);
});

test("an authorized handshake runs $connect, and the selected subprotocol is echoed", async () => {
  const { served, called, url } = await serve({ authorize: () => POLICY });
  await using _served = served;
  using socket = await connect(url, PROTOCOLS);
  expect(socket.webSocket.protocol).toBe("ticker-watch");
  expect(called()).toEqual(["authorizers/k1l2m3", "development/$connect"]);
});

test("every event of a connection has the principal and the authorizer context as strings", async () => {
  const ended = Promise.withResolvers<void>();
  const { served, invoke, url } = await serve({
    authorize: () => ({ ...POLICY, context: CONTEXT }),
    $disconnect: () => {
      ended.resolve();
      return { statusCode: 200 };
    },
  });
  await using _served = served;
  using socket = await connect(url, PROTOCOLS);
  for (let message = 0; message < 2; message += 1) {
    socket.send({ action: "watch" });
    await socket.next();
  }
  socket.webSocket.close();
  await ended.promise;
  const contexts = invoke.calls.slice(1).map(({ event }) => {
    const { routeKey, authorizer } = (event as { requestContext: Record<string, unknown> }).requestContext;
    return [routeKey, authorizer];
  });
  const authorizer = { principalId: "user003", user: "user003", count: "3", admin: "false" };
  expect(contexts).toEqual([
    ["$connect", { ...authorizer, integrationLatency: expect.any(Number) }],
    ["watch", authorizer],
    ["watch", authorizer],
    ["$disconnect", authorizer],
  ]);
});

test("each connection has the authorizer context of its own handshake", async () => {
  let calls = 0;
  const { served, url } = await serve({
    authorize: () => {
      calls += 1;
      return { ...POLICY, principalId: `user00${calls}` };
    },
  });
  await using _served = served;
  using first = await connect(url, PROTOCOLS);
  using second = await connect(url, PROTOCOLS);
  for (const socket of [first, second]) socket.send({ action: "watch" });
  const contexts = [JSON.parse(await first.next()), JSON.parse(await second.next())];
  expect(contexts.map(({ authorizer }) => authorizer)).toEqual([
    { principalId: "user001" },
    { principalId: "user002" },
  ]);
});

test("a principalId in the authorizer context does not replace the principal", async () => {
  const { served, url } = await serve({
    authorize: () => ({ ...POLICY, context: { principalId: "somebody else" } }),
  });
  await using _served = served;
  using socket = await connect(url, PROTOCOLS);
  socket.send({ action: "watch" });
  expect(JSON.parse(await socket.next()).authorizer).toEqual({ principalId: "user003" });
});

test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
  ["missing", [], {}],
  ["empty", [], { "Sec-WebSocket-Protocol": "" }],
])(
  "a handshake whose identity source is %s returns 401 without calling a function",
  async (_what, protocols, headers) => {
    const { served, called, url } = await serve({ authorize: () => POLICY });
    await using _served = served;
    expect(await refusal(connect(url, protocols, { headers }))).toBe(`401 ${body("Unauthorized")}`);
    expect(called()).toEqual([]);
  },
);

test("a handshake returns 401 when one of several identity sources is missing", async () => {
  const { served, called, url } = await serve(
    { authorize: () => POLICY },
    { authorizer: { identityHeaders: ["sec-websocket-protocol", "x-tenant"] } },
  );
  await using _served = served;
  expect(await refusal(connect(url, PROTOCOLS))).toBe(`401 ${body("Unauthorized")}`);
  expect(called()).toEqual([]);
  using _socket = await connect(url, PROTOCOLS, { headers: { "X-Tenant": "one" } });
  expect(called()).toEqual(["authorizers/k1l2m3", "development/$connect"]);
});

test("an authorizer without identity sources is called for every handshake", async () => {
  const { served, url } = await serve(
    { authorize: () => POLICY, $connect: () => ({ statusCode: 200 }) },
    { authorizer: { identityHeaders: [] } },
  );
  await using _served = served;
  expect(await refusal(connect(url))).toBe("accepted");
});

const failure = (message: string) => () => ({ outcome: "failed", message, errorType: "Error" });

test.each<[string, Stub, string]>([
  ["denies", () => DENIAL, `403 ${body("Forbidden")}`],
  [
    "allows something else",
    () => ({ ...POLICY, policyDocument: { Statement: [] } }),
    `403 ${body("Forbidden")}`,
  ],
  ["throws Unauthorized", failure("Unauthorized"), `401 ${body("Unauthorized")}`],
  ["throws unauthorized", failure("unauthorized"), `500 ${body("Internal server error")}`],
  ["throws Unauthorized and more", failure("Unauthorized: expired"), `500 ${body("Internal server error")}`],
  ["throws something else", failure("boom"), `500 ${body("Internal server error")}`],
  ["returns Unauthorized", () => "Unauthorized", `500 ${body("Internal server error")}`],
  ["returns undefined", () => undefined, `500 ${body("Internal server error")}`],
  ["returns a simple response", () => ({ isAuthorized: true }), `500 ${body("Internal server error")}`],
  [
    "returns an object in its context",
    () => ({ ...POLICY, context: { user: { id: 3 } } }),
    `500 ${body("Internal server error")}`,
  ],
  [
    "must not be invoked",
    () => ({ outcome: "forbidden", message: "no permission" }),
    `500 ${body("Internal server error")}`,
  ],
  [
    "is throttled by Lambda",
    () => ({ outcome: "throttled", message: "full" }),
    `500 ${body("Internal server error")}`,
  ],
])(
  "an authorizer that %s rejects the handshake, and $connect is not called",
  async (_what, authorize, expected) => {
    const { served, called, url } = await serve({ authorize });
    await using _served = served;
    expect(await refusal(connect(url, PROTOCOLS))).toBe(expected);
    expect(called()).toEqual(["authorizers/k1l2m3"]);
  },
);

test("a $connect authorizer timeout returns 500 and is reported", async () => {
  const { served, reports, url } = await serve(
    { authorize: () => new Promise(() => {}) },
    { authorizer: { timeoutMs: 50 } },
  );
  await using _served = served;
  expect(await refusal(connect(url, PROTOCOLS))).toBe(`500 ${body("Internal server error")}`);
  expect(reports).toEqual(["stock-watch authorizer: the authorizer timed out: no response within 50 ms"]);
});

test("a malformed response of a $connect authorizer is reported", async () => {
  const { served, reports, url } = await serve({ authorize: () => ({ principalId: "user003" }) });
  await using _served = served;
  await refusal(connect(url, PROTOCOLS));
  expect(reports).toEqual([
    "stock-watch authorizer: malformed authorizer response: expected `principalId`, a `policyDocument` whose " +
      "statements have only `Effect`, `Action` and `Resource`, and a `context`, if any, of strings, numbers and " +
      'booleans, got {"principalId":"user003"}',
  ]);
});

test("a throttled handshake returns 429 without calling the authorizer", async () => {
  const { served, called, url } = await serve(
    { authorize: () => DENIAL },
    { connect: { throttle: { rateLimit: 1, burstLimit: 1 } } },
  );
  await using _served = served;
  expect(await refusal(connect(url, PROTOCOLS))).toBe(`403 ${body("Forbidden")}`);
  expect(await refusal(connect(url, PROTOCOLS))).toBe(`429 ${body("Too Many Requests")}`);
  expect(called()).toEqual(["authorizers/k1l2m3"]);
});

test.each([
  ["the authorizer", AUTHORIZER_ARN, "next", "accepted"],
  ["another authorizer", `${AUTHORIZER_ARN}x`, "next", `500 ${body("Internal server error")}`],
  ["the stage", METHOD_ARN.replace("$connect", "*"), "next", `500 ${body("Internal server error")}`],
  ["another qualifier", AUTHORIZER_ARN, "stale", `500 ${body("Internal server error")}`],
])(
  "a handshake whose authorizer permission is for %s has the matching result",
  async (_what, sourceArn, qualifier, expected) => {
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:authorize";
    const permission = { action: "lambda:InvokeFunction", principal: "apigateway.amazonaws.com" };
    const fn = declareFunction({ arn, permissions: [{ ...permission, sourceArn, qualifier }] });
    const runners = new Map([
      [arn, { invoke: async () => ({ outcome: "returned", payload: POLICY }) as const }],
    ]);
    const others = createInvoke({
      $connect: () => ({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "ticker-watch" } }),
      $disconnect: () => ({ statusCode: 200 }),
    });
    const invoke: Invoke = (invocation) =>
      invocation.functionArn === `${arn}:next` ? invokeForApi([fn], runners, invocation) : others(invocation);
    const { served, url } = await serve({}, { invoke });
    await using _served = served;
    expect(await refusal(connect(url, PROTOCOLS))).toBe(expected);
  },
);
