import { expect, test } from "vitest";
import { parseRequest } from "#lambdas/authorize/request.ts";
import { UnknownEventError } from "#protocol/errors.ts";
import { connectEvent, httpEvent, METHOD_ARN, ROUTE_ARN } from "./events.ts";

/* Parsing of authorizer events. Token verification is tested in test/lambdas/tokens. */
const MANY = { kind: "unreadable", problem: "Expected one token, got more." };
const ORDER = {
  kind: "unreadable",
  problem: "Expected the subprotocols to be ticker-watch and a token, in this order.",
};

test.each([
  [{ "Sec-WebSocket-Protocol": "ticker-watch, a.b.c" }, { kind: "token", token: "a.b.c" }],
  [{ "sec-websocket-protocol": "ticker-watch,a.b.c" }, { kind: "token", token: "a.b.c" }],
  [{ "SEC-WEBSOCKET-PROTOCOL": " ticker-watch ,, a.b.c " }, { kind: "token", token: "a.b.c" }],
  [{ "Sec-WebSocket-Protocol": "ticker-watch, ticker-watch" }, { kind: "token", token: "ticker-watch" }],
  [
    { "Sec-WebSocket-Protocol": "ticker-watch", "sec-websocket-protocol": "a.b.c" },
    { kind: "token", token: "a.b.c" },
  ],
  [{}, { kind: "none" }],
  [{ "Sec-WebSocket-Protocol": "" }, { kind: "none" }],
  [{ "Sec-WebSocket-Protocol": " , " }, { kind: "none" }],
  [{ "Sec-WebSocket-Protocol": "ticker-watch" }, { kind: "none" }],
  [{ "Sec-WebSocket-Protocol": "ticker-watch, " }, { kind: "none" }],
  [{ Authorization: "Bearer a.b.c" }, { kind: "none" }],
  [{ "Sec-WebSocket-Protocol": "a.b.c" }, ORDER],
  [{ "Sec-WebSocket-Protocol": "a.b.c, ticker-watch" }, ORDER],
  [{ "Sec-WebSocket-Protocol": "Ticker-Watch, a.b.c" }, ORDER],
  [{ "Sec-WebSocket-Protocol": "ticker-watch a.b.c" }, ORDER],
  [{ "Sec-WebSocket-Protocol": "ticker-watch, a.b.c, d.e.f" }, MANY],
  [
    {
      "Sec-WebSocket-Protocol": "ticker-watch, a.b.c",
      "sec-websocket-protocol": "ticker-watch, d.e.f",
    },
    MANY,
  ],
])("parseRequest of a $connect with %j returns %j", (headers, credential) => {
  expect(parseRequest(connectEvent(headers as Record<string, string>))).toEqual({
    api: "watch",
    methodArn: METHOD_ARN,
    credential,
  });
});

const SCHEME = {
  kind: "unreadable",
  problem: "Expected the header `Authorization` to be Bearer and a token.",
};

test.each([
  [{ authorization: "Bearer a.b.c" }, { kind: "token", token: "a.b.c" }],
  [{ Authorization: "bearer  a.b.c " }, { kind: "token", token: "a.b.c" }],
  [{ authorization: "BEARER a.b.c" }, { kind: "token", token: "a.b.c" }],
  [{}, { kind: "none" }],
  [{ authorization: "" }, { kind: "none" }],
  [{ "sec-websocket-protocol": "ticker-watch, a.b.c" }, { kind: "none" }],
  [{ authorization: "a.b.c" }, SCHEME],
  [{ authorization: "Bearer" }, SCHEME],
  [{ authorization: "Bearera.b.c" }, SCHEME],
  [{ authorization: "Basic QW5uOmI=" }, SCHEME],
  [{ authorization: "Bearer a.b.c d.e.f" }, SCHEME],
  [{ authorization: "Bearer a.b.c,Bearer d.e.f" }, MANY],
  [{ authorization: "Bearer a.b.c", Authorization: "Bearer d.e.f" }, MANY],
])("parseRequest of a POST with %j returns %j", (headers, credential) => {
  expect(parseRequest(httpEvent(headers as Record<string, string>))).toEqual({ api: "publish", credential });
});

const connect = connectEvent({});
const post = httpEvent({});
test.each([
  ["undefined", undefined],
  ["null", null],
  ["a string", "REQUEST"],
  ["an empty object", {}],
  ["the event of a TOKEN authorizer", { type: "TOKEN", methodArn: METHOD_ARN, authorizationToken: "a.b.c" }],
  ["the event of another route", { ...connect, methodArn: METHOD_ARN.replace("$connect", "watch") }],
  [
    "the event of a REST API",
    { ...connect, methodArn: "arn:aws:execute-api:us-east-1:123456789012:a1/dev/GET/" },
  ],
  ["an event without a methodArn", { ...connect, methodArn: undefined }],
  ["an event of payload version 1.0", { ...post, version: "1.0", methodArn: ROUTE_ARN }],
  ["an event without a routeArn", { ...post, routeArn: undefined }],
  ["an event whose headers are lists", { ...post, headers: { authorization: ["Bearer a.b.c"] } }],
  ["an event whose headers are null", { ...connect, headers: null }],
])("parseRequest throws UnknownEventError for %s", (_what, event) => {
  expect(() => parseRequest(event)).toThrow(
    new UnknownEventError(
      "Expected the event of a REQUEST authorizer, with a `methodArn` that ends in /$connect or with `version` 2.0 and a `routeArn`, " +
        "got another event. Invoke this function through one of the two APIs only.",
    ),
  );
});
