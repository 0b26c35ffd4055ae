/**
 * Authorizers of the HTTP API, over real requests. Does not prove the error messages, the 500 for a function
 * that throws `Unauthorized`, and `lambda: null` without a context: AWS does not document them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
import { expect, test } from "vitest";
import { serveHttpApi } from "#emulator/apigateway/http-api.ts";
import type { Authorizer, HttpApi, Invoke, Route } from "#emulator/apigateway/model.ts";
import { ManualClock } from "#emulator/clock.ts";
import { invokeForApi } from "#emulator/lambda/lambda-service.ts";
import { declareFunction } from "../declare-function.ts";
import { createAuthorizer, createHttpApi, createInvoke, createRoute, type Stub } from "./apis.ts";
import postFixture from "./fixtures/http-post-form.json" with { type: "json" };

const API_ARN = "arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0";
const AUTHORIZER_ARN = `${API_ARN}/authorizers/k1l2m3`;
const PAGE = "https://d111111abcdef8.cloudfront.net";

interface Changes {
  readonly authorizer?: Partial<Authorizer>;
  readonly route?: Partial<Route>;
  readonly api?: Partial<HttpApi>;
  readonly invoke?: Invoke;
}

/** An API in which only `POST /` has an authorizer. */
async function serve(authorize: Stub, changes: Changes = {}) {
  const invoke = createInvoke({
    authorize,
    "POST /": (event) => ({ statusCode: 200, body: JSON.stringify(event) }),
    "POST /open": () => ({ statusCode: 200, body: "open" }),
    $default: () => ({ statusCode: 204 }),
  });
  const authorizer = createAuthorizer(["authorization"], changes.authorizer);
  const routes = [
    createRoute("POST /", { authorizer, ...changes.route }),
    createRoute("POST /open"),
    createRoute("$default"),
  ];
  const reports: string[] = [];
  const served = await serveHttpApi(createHttpApi(routes, changes.api), {
    invoke: changes.invoke ?? invoke,
    clock: new ManualClock(postFixture.requestContext.timeEpoch),
    report: (line) => reports.push(line),
  });
  const called = () => invoke.calls.map(({ sourceArn }) => sourceArn.split("/").slice(1).join("/"));
  return { served, invoke, called, reports, url: `http://127.0.0.1:${served.port}/development` };
}

const TOKEN = { authorization: "Bearer token" };

function post(url: string, headers: Readonly<Record<string, string>> = TOKEN): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers,
    body: new URLSearchParams({ ticker: "AAPL", price: "2400" }),
  });
}

async function read(response: Response): Promise<[number, unknown]> {
  return [response.status, await response.json()];
}

test("the HTTP authorizer event has exactly the fields documented by AWS", async () => {
  const { served, invoke, url } = await serve(() => ({ isAuthorized: true }));
  await using _served = served;
  const response = await post(`${url}?a=1&a=2`, { ...TOKEN, cookie: "a=1; b=2" });
  const { body, isBase64Encoded, requestContext, ...others } = (await response.json()) as Record<
    string,
    object
  >;
  const { authorizer, ...context } = requestContext as Record<string, unknown>;
  expect([typeof body, isBase64Encoded, authorizer]).toEqual(["string", true, { lambda: null }]);
  expect(others).toMatchObject({
    version: "2.0",
    routeKey: "POST /",
    rawPath: "/development",
    rawQueryString: "a=1&a=2",
    cookies: ["a=1", "b=2"],
    queryStringParameters: { a: "1,2" },
    headers: { authorization: "Bearer token", host: new URL(url).host },
  });
  const [call] = invoke.calls;
  expect(call?.event).toEqual({
    ...others,
    type: "REQUEST",
    routeArn: `${API_ARN}/development/POST/`,
    identitySource: ["Bearer token"],
    requestContext: context,
  });
  expect(call?.functionArn).toBe("arn:aws:lambda:us-east-1:123456789012:function:authorize:next");
  expect(call?.sourceArn).toBe(AUTHORIZER_ARN);
});

test("the authorizer context is passed to the integration unchanged", async () => {
  const context = { user: "user003", count: 3, admin: true, baskets: ["tech"], more: { a: null } };
  const { served, called, url } = await serve(() => ({ isAuthorized: true, context }));
  await using _served = served;
  const event = (await (await post(url)).json()) as { requestContext: object };
  expect(event.requestContext).toMatchObject({ authorizer: { lambda: context } });
  expect(called()).toEqual(["authorizers/k1l2m3", "development/POST/"]);
});

test("the authorizer is called for every request, because results are not cached", async () => {
  const { served, called, url } = await serve(() => ({ isAuthorized: true }));
  await using _served = served;
  await post(url);
  await post(url);
  expect(called().filter((source) => source === "authorizers/k1l2m3")).toHaveLength(2);
});

test("a route without an authorizer calls none, and its event has no authorizer field", async () => {
  const { served, invoke, called, url } = await serve(() => ({ isAuthorized: false }));
  await using _served = served;
  expect(await (await post(`${url}/open`, {})).text()).toBe("open");
  expect(called()).toEqual(["development/POST/open"]);
  expect(invoke.calls[0]?.event).not.toHaveProperty("requestContext.authorizer");
});

test.each<[string, Readonly<Record<string, string>>]>([
  ["missing", {}],
  ["empty", { authorization: "" }],
])("a request whose identity source is %s returns 401 without calling a function", async (_what, headers) => {
  const { served, called, url } = await serve(() => ({ isAuthorized: true }));
  await using _served = served;
  expect(await read(await post(url, headers))).toEqual([401, { message: "Unauthorized" }]);
  expect(called()).toEqual([]);
});

test("the event has all identity sources in declared order, and a missing one returns 401", async () => {
  const { served, invoke, url } = await serve(() => ({ isAuthorized: true }), {
    authorizer: { identityHeaders: ["x-tenant", "authorization"] },
  });
  await using _served = served;
  expect((await post(url)).status).toBe(401);
  await post(url, { ...TOKEN, "x-tenant": "one" });
  expect(invoke.calls[0]?.event).toMatchObject({ identitySource: ["one", "Bearer token"] });
});

const failure = (message: string) => () => ({ outcome: "failed", message, errorType: "Error" });
const INTERNAL = { message: "Internal Server Error" };

test.each<[string, Stub, [number, object]]>([
  ["denies", () => ({ isAuthorized: false, context: { why: "expired" } }), [403, { message: "Forbidden" }]],
  ["throws", failure("boom"), [500, INTERNAL]],
  ["throws Unauthorized", failure("Unauthorized"), [500, INTERNAL]],
  ["returns undefined", () => undefined, [500, INTERNAL]],
  ["returns a string as isAuthorized", () => ({ isAuthorized: "true" }), [500, INTERNAL]],
  ["returns only a context", () => ({ context: {} }), [500, INTERNAL]],
  ["returns a list as context", () => ({ isAuthorized: true, context: ["user003"] }), [500, INTERNAL]],
  ["returns a policy", () => ({ principalId: "x", policyDocument: { Statement: [] } }), [500, INTERNAL]],
  ["must not be invoked", () => ({ outcome: "forbidden", message: "no permission" }), [500, INTERNAL]],
  ["is throttled by Lambda", () => ({ outcome: "throttled", message: "full" }), [500, INTERNAL]],
])(
  "an authorizer that %s rejects the request, and the integration is not called",
  async (_what, authorize, expected) => {
    const { served, called, url } = await serve(authorize);
    await using _served = served;
    expect(await read(await post(url))).toEqual(expected);
    expect(called()).toEqual(["authorizers/k1l2m3"]);
  },
);

test("an authorizer timeout returns 500 and is reported", async () => {
  const { served, reports, url } = await serve(() => new Promise(() => {}), {
    authorizer: { timeoutMs: 50 },
  });
  await using _served = served;
  expect(await read(await post(url))).toEqual([500, INTERNAL]);
  expect(reports).toEqual(["stock-publish authorizer: the authorizer timed out: no response within 50 ms"]);
});

test("a malformed response of an HTTP authorizer is reported", async () => {
  const { served, reports, url } = await serve(() => ({ isAuthorized: 1 }));
  await using _served = served;
  await post(url);
  expect(reports).toEqual([
    "stock-publish authorizer: malformed authorizer response: expected a boolean as `isAuthorized` and an object, " +
      'if any, as `context`, got {"isAuthorized":1}',
  ]);
});

test("a throttled request returns 429 without calling the authorizer", async () => {
  const { served, called, url } = await serve(() => ({ isAuthorized: false }), {
    route: { throttle: { rateLimit: 1, burstLimit: 1 } },
  });
  await using _served = served;
  expect([(await post(url)).status, (await post(url)).status]).toEqual([403, 429]);
  expect(called()).toEqual(["authorizers/k1l2m3"]);
});

test.each<[string, Readonly<Record<string, string>>, Stub, number]>([
  ["401", {}, () => ({ isAuthorized: true }), 401],
  ["403", TOKEN, () => ({ isAuthorized: false }), 403],
  ["500", TOKEN, failure("boom"), 500],
])("an authorizer error %s has CORS headers for the page", async (_what, headers, authorize, status) => {
  const { served, url } = await serve(authorize, { api: { cors: createCors() } });
  await using _served = served;
  const response = await post(url, { ...headers, origin: PAGE });
  expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([status, PAGE]);
});

test("a preflight of a route with an authorizer is routed to $default without authorization", async () => {
  const { served, called, url } = await serve(() => ({ isAuthorized: false }), {
    api: { cors: createCors() },
  });
  await using _served = served;
  const headers = { origin: PAGE, "access-control-request-method": "POST" };
  const response = await fetch(url, { method: "OPTIONS", headers });
  expect([response.status, response.headers.get("access-control-allow-headers")]).toEqual([
    204,
    "authorization",
  ]);
  expect(called()).toEqual(["development/$default"]);
});

test.each([
  ["the authorizer", AUTHORIZER_ARN, "next", 200],
  ["another authorizer", `${AUTHORIZER_ARN}x`, "next", 500],
  ["the stage", `${API_ARN}/development/*`, "next", 500],
  ["another qualifier", AUTHORIZER_ARN, "stale", 500],
])(
  "a request to a route whose authorizer permission is for %s returns the matching status",
  async (_what, sourceArn, qualifier, expected) => {
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:authorize";
    const permission = { action: "lambda:InvokeFunction", principal: "apigateway.amazonaws.com" };
    const fn = declareFunction({ arn, permissions: [{ ...permission, sourceArn, qualifier }] });
    const result = { outcome: "returned", payload: { isAuthorized: true } } as const;
    const runners = new Map([[arn, { invoke: async () => result }]]);
    const others = createInvoke({ "POST /": () => ({ statusCode: 200 }) });
    const invoke: Invoke = (invocation) =>
      invocation.functionArn === `${arn}:next` ? invokeForApi([fn], runners, invocation) : others(invocation);
    const { served, url } = await serve(() => undefined, { invoke });
    await using _served = served;
    expect((await post(url)).status).toBe(expected);
  },
);

function createCors(): NonNullable<HttpApi["cors"]> {
  return {
    allowOrigins: [PAGE],
    allowMethods: ["POST"],
    allowHeaders: ["authorization"],
    exposeHeaders: [],
    allowCredentials: false,
  };
}
