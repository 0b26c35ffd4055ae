/**
 * The HTTP API, over real requests of curl and fetch. Does not prove gateway error messages, nor the 503 for
 * a function that Lambda throttles: AWS does not document them. Binary content types were observed on AWS in
 * https://github.com/ministackorg/ministack/pull/766.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { execFile } from "node:child_process";
import { Agent, request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { serveHttpApi } from "#emulator/apigateway/http-api.ts";
import type { Route } from "#emulator/apigateway/model.ts";
import { ManualClock } from "#emulator/clock.ts";
import { createHttpApi, createInvoke, createRoute, type Stub } from "./apis.ts";
import postFixture from "./fixtures/http-post-form.json" with { type: "json" };

async function serve(
  stubs: Readonly<Record<string, Stub>>,
  routes: readonly Route[] = Object.keys(stubs).map((routeKey) => createRoute(routeKey)),
) {
  const invoke = createInvoke(stubs);
  const reports: string[] = [];
  const clock = new ManualClock(postFixture.requestContext.timeEpoch);
  const served = await serveHttpApi(createHttpApi(routes), {
    invoke,
    clock,
    report: (line) => reports.push(line),
  });
  const origin = `http://127.0.0.1:${served.port}`;
  return { served, invoke, clock, reports, origin, url: `${origin}/development` };
}

async function curl(...args: string[]): Promise<string> {
  return (await promisify(execFile)("curl", ["--silent", "--show-error", ...args])).stdout;
}

/** Returns its event as the response body. */
const echoEvent: Stub = (event) => ({ statusCode: 200, body: JSON.stringify(event) });

test("the event of a form posted with curl has exactly the fields of an event on AWS", async () => {
  const { served, invoke, origin, url } = await serve({ "POST /": () => ({ statusCode: 200 }) });
  await using _served = served;
  const host = new URL(origin).host;
  const form = ["-d", "ticker=AAPL", "-d", "price=2400", "-d", "ticker=GOOG", "-d", "price=31300"];
  await curl("--user-agent", "curl/8.5.0", ...form, url);

  const [call] = invoke.calls;
  const event = call?.event as typeof postFixture;
  const { requestId } = event.requestContext;
  const { http } = postFixture.requestContext;
  expect(event).toEqual({
    ...postFixture,
    headers: {
      ...postFixture.headers,
      host,
      "x-amzn-trace-id": event.headers["x-amzn-trace-id"],
      "x-forwarded-for": "127.0.0.1",
    },
    requestContext: {
      ...postFixture.requestContext,
      domainName: host,
      http: { ...http, sourceIp: "127.0.0.1" },
      requestId,
    },
  });
  expect(requestId).toMatch(/^[\w-]{15}=$/);
  expect(call?.sourceArn).toBe("arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0/development/POST/");
});

test.each([
  ["POST", "/development", "POST /", "/development"],
  ["POST", "/development/", "POST /", "/development/"],
  ["POST", "/development/broadcast?x=1", "POST /broadcast", "/development/broadcast"],
  ["GET", "/development", "$default", "/development"],
  ["POST", "/development/other/path", "$default", "/development/other/path"],
])("%s %s is routed to %s with the stage in rawPath: %s", async (method, path, routeKey, rawPath) => {
  const { served, invoke, origin } = await serve({
    "POST /": echoEvent,
    "POST /broadcast": echoEvent,
    $default: echoEvent,
  });
  await using _served = served;
  const event = await (await fetch(origin + path, { method })).json();
  expect(event).toMatchObject({ routeKey, rawPath, requestContext: { routeKey, http: { method } } });
  expect(invoke.calls[0]?.sourceArn).toBe(
    `arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0/development/${routeKey.replace(" ", "")}`,
  );
});

test.each(["/", "/production", "/developments", "/production/development"])(
  "the path %s outside the stage returns 404",
  async (path) => {
    const { served, origin } = await serve({ $default: echoEvent });
    await using _served = served;
    const response = await fetch(origin + path);
    expect([response.status, await response.json()]).toEqual([404, { message: "Not Found" }]);
  },
);

test("a request that matches no route returns 404 when $default is not declared", async () => {
  const { served, url } = await serve({ "POST /": echoEvent });
  await using _served = served;
  const response = await fetch(url);
  expect([response.status, await response.json()]).toEqual([404, { message: "Not Found" }]);
});

test("the event has a list of cookies, and joins repeated headers and query parameters by commas", async () => {
  const { served, url } = await serve({ $default: echoEvent });
  await using _served = served;
  const headers = ["Cookie: a=1; b=2", "X-Tag: one", "X-Tag: two", "X-Forwarded-For: 10.0.0.1"];
  const event = JSON.parse(
    await curl(...headers.flatMap((header) => ["-H", header]), `${url}?a=1&a=2&b=x%20y&c`),
  );
  expect(event).toMatchObject({
    cookies: ["a=1", "b=2"],
    rawQueryString: "a=1&a=2&b=x%20y&c",
    queryStringParameters: { a: "1,2", b: "x y", c: "" },
    headers: { "x-tag": "one,two", "x-forwarded-for": "10.0.0.1, 127.0.0.1" },
  });
  expect(event.headers).not.toHaveProperty("cookie");
});

test("the event of a request without body, query and cookies omits their fields", async () => {
  const { served, url } = await serve({ $default: echoEvent });
  await using _served = served;
  const event = (await (await fetch(url)).json()) as object;
  expect(event).toMatchObject({ isBase64Encoded: false, rawQueryString: "" });
  expect(Object.keys(event)).toEqual([
    "version",
    "routeKey",
    "rawPath",
    "rawQueryString",
    "headers",
    "requestContext",
    "isBase64Encoded",
  ]);
});

test.each([
  ["application/json", false],
  ["application/json; charset=utf-8", false],
  ["application/xml", false],
  ["application/javascript", false],
  ["text/csv", false],
  ["application/x-www-form-urlencoded", true],
  ["application/octet-stream", true],
  ["multipart/form-data; boundary=x", true],
  ["application/problem+json", true],
])("for a body of type %s, isBase64Encoded is %s", async (contentType, isBase64Encoded) => {
  const { served, url } = await serve({ $default: echoEvent });
  await using _served = served;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": contentType },
    body: "žluť",
  });
  expect(await response.json()).toMatchObject({
    body: isBase64Encoded ? "xb5sdcWl" : "žluť",
    isBase64Encoded,
  });
});

test("the response has the status, headers, cookies and body that the function returned", async () => {
  const { served, invoke, url } = await serve({
    $default: () => ({
      statusCode: 400,
      headers: { "Content-Type": "text/html", "X-Count": 2, "Content-Length": "999" },
      cookies: ["a=1; Path=/", "b=2"],
      body: "<p>no</p>",
    }),
  });
  await using _served = served;
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([400, "<p>no</p>"]);
  expect(response.headers.get("content-type")).toBe("text/html");
  expect(response.headers.get("x-count")).toBe("2");
  expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
  expect(invoke.calls[0]?.event).toMatchObject({
    requestContext: { requestId: response.headers.get("apigw-requestid") },
  });
});

test("a function response in base64 is decoded", async () => {
  const { served, url } = await serve({
    $default: () => ({ statusCode: 200, body: "/wD+", isBase64Encoded: true }),
  });
  await using _served = served;
  const body = new Uint8Array(await (await fetch(url)).arrayBuffer());
  expect([...body]).toEqual([0xff, 0x00, 0xfe]);
});

test.each<[unknown, string]>([
  ["hello", "hello"],
  [{ message: "hello" }, '{"message":"hello"}'],
  [[1, 2], "[1,2]"],
  [undefined, "null"],
])(
  "a function that returns %o without a status code yields a 200 with a JSON body",
  async (payload, body) => {
    const { served, url } = await serve({ $default: () => payload });
    await using _served = served;
    const response = await fetch(url);
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "application/json",
      body,
    ]);
  },
);

const MALFORMED =
  "malformed function response: expected an integer as `statusCode`, valid `headers` and a string as `body`, got";

test.each<[string, Stub, number, string]>([
  ["throws", () => Promise.reject(new Error("boom")), 500, "the function failed: Error: boom"],
  [
    "must not be invoked",
    () => ({ outcome: "forbidden", message: "no permission" }),
    500,
    "the call was forbidden: no permission",
  ],
  [
    "is throttled by Lambda",
    () => ({ outcome: "throttled", message: "full" }),
    503,
    "Lambda throttled the call: full",
  ],
  ["times out", () => new Promise(() => {}), 503, "the integration timed out: no response within 50 ms"],
  ["returns a string as status", () => ({ statusCode: "fine" }), 500, `${MALFORMED} {"statusCode":"fine"}`],
  [
    "returns an object as body",
    () => ({ statusCode: 200, body: {} }),
    500,
    `${MALFORMED} {"statusCode":200,"body":{}}`,
  ],
  [
    "returns an invalid header name",
    () => ({ statusCode: 200, headers: { "x y": "z" } }),
    500,
    `${MALFORMED} {"statusCode":200,"headers":{"x y":"z"}}`,
  ],
])("a function that %s yields a gateway error and a report", async (_what, stub, status, line) => {
  const { served, reports, url } = await serve({ $default: stub }, [
    createRoute("$default", { timeoutMs: 50 }),
  ]);
  await using _served = served;
  const response = await fetch(url);
  const message = status === 500 ? "Internal Server Error" : "Service Unavailable";
  expect([response.status, await response.json()]).toEqual([status, { message }]);
  expect(reports).toEqual([`stock-publish $default: ${line}`]);
});

test("a request over the throttle returns 429 until the token bucket refills", async () => {
  const throttle = { rateLimit: 1, burstLimit: 1 };
  const { served, invoke, clock, url } = await serve({ $default: () => ({ statusCode: 200 }) }, [
    createRoute("$default", { throttle }),
  ]);
  await using _served = served;
  expect((await fetch(url)).status).toBe(200);
  const response = await fetch(url);
  expect([response.status, await response.json()]).toEqual([429, { message: "Too Many Requests" }]);
  expect(invoke.calls).toHaveLength(1);
  clock.advance(1000);
  expect((await fetch(url)).status).toBe(200);
});

test("a body of 10 MiB returns 200 and one byte more returns 413", async () => {
  const { served, url } = await serve({ "POST /": () => ({ statusCode: 200 }) });
  await using _served = served;
  const body = Buffer.alloc(10 * 1024 * 1024 + 1);
  expect((await fetch(url, { method: "POST", body: body.subarray(1) })).status).toBe(200);
  const response = await fetch(url, { method: "POST", body });
  expect([response.status, await response.json()]).toEqual([413, { message: "Request Entity Too Large" }]);
});

test("a request with Expect: 100-continue receives 100 first, and its event has no Expect header", async () => {
  const { served, url } = await serve({
    "POST /": ({ headers }) => ({ statusCode: 200, body: headers["expect"] ?? "absent" }),
  });
  await using _served = served;
  const response = await curl("--include", "-H", "Expect: 100-continue", "-d", "ticker=AAPL", url);
  expect(response).toMatch(/^HTTP\/1\.1 100 Continue\r\n/);
  expect(response).toMatch(/\r\n\r\nabsent$/);
});

test("a client with keep-alive sends all requests over one connection", async () => {
  const { served, url } = await serve({ $default: () => ({ statusCode: 200, body: "hello" }) });
  await using _served = served;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (const _time of [1, 2, 3]) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const request = httpRequest(url, { agent }, (response) => {
      ports.add(response.socket.localPort);
      text(response).then(resolve, reject);
    });
    request.on("error", reject).end();
    expect(await promise).toBe("hello");
  }
  agent.destroy();
  expect(ports.size).toBe(1);
});

test("the server still responds after a client has disconnected during its request body", async () => {
  const { served, invoke, url } = await serve({ $default: () => ({ statusCode: 200 }) });
  await using _served = served;
  const { promise, resolve } = Promise.withResolvers<Error>();
  const request = httpRequest(url, { method: "POST", headers: { "content-length": 100 } });
  request.on("error", resolve);
  request.write("only a part", () => request.destroy(new Error("on purpose")));
  await promise;
  expect((await fetch(url)).status).toBe(200);
  expect(invoke.calls).toHaveLength(1);
});

test.each(["ANY /", "GET /{proxy+}", "POST"])("the unsupported route key %s throws", async (routeKey) => {
  await expect(serve({}, [createRoute(routeKey)])).rejects.toThrow(
    `Expected a route key of stock-publish such as \`$default\` or \`POST /path\`, got \`${routeKey}\`. ` +
      "The local gateway does not support `ANY` and path variables.",
  );
});
