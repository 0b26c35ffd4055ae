/**
 * The HTTP API, with curl and fetch. Does not prove the texts of the gateway's own errors, nor the 503 of a function that
 * Lambda throttles: AWS documents neither. Which content types count as binary was tried out on AWS by
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
import { createHttpApi, createInvoke, createRoute, type StandIn } from "./apis.ts";
import postFixture from "./fixtures/http-post-form.json" with { type: "json" };

async function serve(
  standIns: Readonly<Record<string, StandIn>>,
  routes: readonly Route[] = Object.keys(standIns).map((routeKey) => createRoute(routeKey)),
) {
  const invoke = createInvoke(standIns);
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

/** A stand-in that answers with its event, so that a test can look into it. */
const answerEvent: StandIn = (event) => ({ statusCode: 200, body: JSON.stringify(event) });

test("a form posted with curl is the event that AWS sends, field for field", async () => {
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
])("%s %s reaches the route %s, and its rawPath has the stage", async (method, path, routeKey, rawPath) => {
  const { served, invoke, origin } = await serve({
    "POST /": answerEvent,
    "POST /broadcast": answerEvent,
    $default: answerEvent,
  });
  await using _served = served;
  const event = await (await fetch(origin + path, { method })).json();
  expect(event).toMatchObject({ routeKey, rawPath, requestContext: { routeKey, http: { method } } });
  expect(invoke.calls[0]?.sourceArn).toBe(
    `arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0/development/${routeKey.replace(" ", "")}`,
  );
});

test.each(["/", "/production", "/developments", "/production/development"])(
  "%s, which is not the stage, is not found",
  async (path) => {
    const { served, origin } = await serve({ $default: answerEvent });
    await using _served = served;
    const response = await fetch(origin + path);
    expect([response.status, await response.json()]).toEqual([404, { message: "Not Found" }]);
  },
);

test("without $default what no route names is not found", async () => {
  const { served, url } = await serve({ "POST /": answerEvent });
  await using _served = served;
  const response = await fetch(url);
  expect([response.status, await response.json()]).toEqual([404, { message: "Not Found" }]);
});

test("cookies, repeated headers and a query have their own form", async () => {
  const { served, url } = await serve({ $default: answerEvent });
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

test("a request without body, query and cookies has none of their fields", async () => {
  const { served, url } = await serve({ $default: answerEvent });
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
])("a body of %s is base64: %s", async (contentType, isBase64Encoded) => {
  const { served, url } = await serve({ $default: answerEvent });
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

test("an answer keeps its status, headers, cookies and body", async () => {
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

test("a base64 answer is decoded", async () => {
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
])("%o without a status is a 200 in JSON", async (payload, body) => {
  const { served, url } = await serve({ $default: () => payload });
  await using _served = served;
  const response = await fetch(url);
  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
    200,
    "application/json",
    body,
  ]);
});

const MALFORMED =
  "the function's answer is malformed: expected a whole number as `statusCode`, `headers` and a string as `body`, got";

test.each<[string, StandIn, number, string]>([
  ["throws", () => Promise.reject(new Error("boom")), 500, "the function failed: Error: boom"],
  [
    "may not be called",
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
  ["takes too long", () => new Promise(() => {}), 503, "the integration timed out: no answer within 50 ms"],
  ["answers an odd status", () => ({ statusCode: "fine" }), 500, `${MALFORMED} {"statusCode":"fine"}`],
  [
    "answers an object as body",
    () => ({ statusCode: 200, body: {} }),
    500,
    `${MALFORMED} {"statusCode":200,"body":{}}`,
  ],
  [
    "answers an impossible header",
    () => ({ statusCode: 200, headers: { "x y": "z" } }),
    500,
    `${MALFORMED} {"statusCode":200,"headers":{"x y":"z"}}`,
  ],
])("a function that %s is the gateway's own error, and reported", async (_what, standIn, status, line) => {
  const { served, reports, url } = await serve({ $default: standIn }, [
    createRoute("$default", { timeoutMs: 50 }),
  ]);
  await using _served = served;
  const response = await fetch(url);
  const message = status === 500 ? "Internal Server Error" : "Service Unavailable";
  expect([response.status, await response.json()]).toEqual([status, { message }]);
  expect(reports).toEqual([`stock-publish $default: ${line}`]);
});

test("past the throttle a request is one too many, until tokens come back", async () => {
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

test("a body over 10 MiB is too large, one of 10 MiB is not", async () => {
  const { served, url } = await serve({ "POST /": () => ({ statusCode: 200 }) });
  await using _served = served;
  const body = Buffer.alloc(10 * 1024 * 1024 + 1);
  expect((await fetch(url, { method: "POST", body: body.subarray(1) })).status).toBe(200);
  const response = await fetch(url, { method: "POST", body });
  expect([response.status, await response.json()]).toEqual([413, { message: "Request Entity Too Large" }]);
});

test("curl's Expect: 100-continue is answered at once", async () => {
  const { served, url } = await serve({
    "POST /": ({ headers }) => ({ statusCode: 200, body: headers["expect"] ?? "gone" }),
  });
  await using _served = served;
  const answer = await curl("--include", "-H", "Expect: 100-continue", "-d", "ticker=AAPL", url);
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n/);
  expect(answer).toMatch(/\r\n\r\ngone$/);
});

test("a connection is kept for the next request", async () => {
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

test("a client that goes away in the middle of its body harms nobody", async () => {
  const { served, invoke, url } = await serve({ $default: () => ({ statusCode: 200 }) });
  await using _served = served;
  const { promise, resolve } = Promise.withResolvers<Error>();
  const request = httpRequest(url, { method: "POST", headers: { "content-length": 100 } });
  request.on("error", resolve);
  request.write("only a part", () => request.destroy(new Error("gone")));
  await promise;
  expect((await fetch(url)).status).toBe(200);
  expect(invoke.calls).toHaveLength(1);
});

test.each(["ANY /", "GET /{proxy+}", "POST"])("the route key %s is refused", async (routeKey) => {
  await expect(serve({}, [createRoute(routeKey)])).rejects.toThrow(
    `Expected the routes of stock-publish to be \`$default\` or like \`POST /path\`, got \`${routeKey}\`: ` +
      "`ANY` and path variables are not served locally.",
  );
});
