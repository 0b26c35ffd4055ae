/**
 * CORS as declared on the HTTP API, over real requests. Does not prove browser behaviour, nor that AWS adds
 * these headers to gateway errors too.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
import { expect, test } from "vitest";
import { serveHttpApi } from "#emulator/apigateway/http-api.ts";
import type { HttpApi } from "#emulator/apigateway/model.ts";
import { ManualClock } from "#emulator/clock.ts";
import { createHttpApi, createInvoke, createRoute, type Stub } from "./apis.ts";

const PAGE = "https://d111111abcdef8.cloudfront.net";

const CORS: NonNullable<HttpApi["cors"]> = {
  allowOrigins: [PAGE],
  allowMethods: ["POST", "OPTIONS"],
  allowHeaders: ["authorization", "content-type"],
  exposeHeaders: ["apigw-requestid"],
  maxAgeSeconds: 600,
  allowCredentials: false,
};

async function serve(stubs: Readonly<Record<string, Stub>>, cors: Partial<typeof CORS> = {}) {
  const invoke = createInvoke(stubs);
  const routes = Object.keys(stubs).map((routeKey) => createRoute(routeKey));
  const api = createHttpApi(routes, { cors: { ...CORS, ...cors } });
  const served = await serveHttpApi(api, { invoke, clock: new ManualClock(), report: () => {} });
  return { served, invoke, url: `http://127.0.0.1:${served.port}/development` };
}

function preflight(url: string, origin: string): Promise<Response> {
  const headers = { origin, "access-control-request-method": "POST" };
  return fetch(url, { method: "OPTIONS", headers });
}

function corsHeaders({ headers }: Response): object {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
}

const RESPONSE_HEADERS = {
  "access-control-allow-origin": PAGE,
  "access-control-expose-headers": "apigw-requestid",
};

const PREFLIGHT_HEADERS = {
  ...RESPONSE_HEADERS,
  "access-control-allow-methods": "POST,OPTIONS",
  "access-control-allow-headers": "authorization,content-type",
  "access-control-max-age": "600",
};

test("the gateway responds 204 to a preflight that matches no route", async () => {
  const { served, invoke, url } = await serve({ "POST /": () => ({ statusCode: 200 }) });
  await using _served = served;
  const response = await preflight(url, PAGE);
  expect([response.status, corsHeaders(response)]).toEqual([204, PREFLIGHT_HEADERS]);
  expect(invoke.calls).toEqual([]);
});

test.each(["$default", "OPTIONS /"])(
  "a preflight is sent to the route %s when it is declared",
  async (routeKey) => {
    const { served, invoke, url } = await serve({ [routeKey]: () => ({ statusCode: 204 }) });
    await using _served = served;
    const response = await preflight(url, PAGE);
    expect([response.status, corsHeaders(response)]).toEqual([204, PREFLIGHT_HEADERS]);
    expect(invoke.calls).toHaveLength(1);
  },
);

test("a response to an allowed origin has the CORS headers", async () => {
  const { served, url } = await serve({ "POST /": () => ({ statusCode: 200 }) });
  await using _served = served;
  const response = await fetch(url, { method: "POST", headers: { origin: PAGE } });
  expect(corsHeaders(response)).toEqual(RESPONSE_HEADERS);
});

test("CORS headers set by the function are removed", async () => {
  const { served, url } = await serve({
    "POST /": () => ({ statusCode: 200, headers: { "Access-Control-Allow-Origin": "*", "X-Other": "kept" } }),
  });
  await using _served = served;
  const response = await fetch(url, { method: "POST" });
  expect([corsHeaders(response), response.headers.get("x-other")]).toEqual([{}, "kept"]);
});

test.each([
  ["without an Origin", {}],
  ["with an Origin that is not allowed", { origin: "https://elsewhere.example" }],
])("a response to a request %s has no CORS headers", async (_description, headers) => {
  const { served, url } = await serve({ "POST /": () => ({ statusCode: 200 }) });
  await using _served = served;
  const response = await fetch(url, { method: "POST", headers });
  expect([response.status, corsHeaders(response)]).toEqual([200, {}]);
});

test("a preflight from an origin that is not allowed returns 204 without CORS headers", async () => {
  const { served, url } = await serve({ "POST /": () => ({ statusCode: 200 }) });
  await using _served = served;
  const response = await preflight(url, "https://elsewhere.example");
  expect([response.status, corsHeaders(response)]).toEqual([204, {}]);
});

test("responses allow credentials when the API declares it", async () => {
  const { served, url } = await serve({ "POST /": () => ({ statusCode: 200 }) }, { allowCredentials: true });
  await using _served = served;
  const response = await fetch(url, { method: "POST", headers: { origin: PAGE } });
  expect(corsHeaders(response)).toEqual({ ...RESPONSE_HEADERS, "access-control-allow-credentials": "true" });
});

test.each([
  ["*", "*"],
  ["https://*", PAGE],
])("the allowed origin %s matches the page and returns %s", async (allowed, expected) => {
  const { served, url } = await serve({ "POST /": () => ({ statusCode: 200 }) }, { allowOrigins: [allowed] });
  await using _served = served;
  const response = await fetch(url, { method: "POST", headers: { origin: PAGE } });
  expect(response.headers.get("access-control-allow-origin")).toBe(expected);
});
