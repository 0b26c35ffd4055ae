/* How authorizers are read from a program. AWS accepts most of the settings that are rejected here. */
import { expect, test } from "vitest";
import { UNKNOWN } from "#emulator/program/declared.ts";
import { readApis } from "#emulator/program/read-apis.ts";
import { checkResourceTypes } from "#emulator/program/resource-types.ts";
import {
  API,
  AUTHORIZER,
  DEPLOYMENT,
  INTEGRATION,
  program,
  type Resource,
  ROUTE,
  STAGE,
} from "./declared.ts";

const FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:authorize:next";
const INVOKE_ARN = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`;

type Changes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const OF_WEB_SOCKET: Readonly<Record<string, Resource>> = {
  api: [
    API,
    "a",
    "api1",
    {
      protocolType: "WEBSOCKET",
      routeSelectionExpression: "$request.body.action",
      apiEndpoint: "wss://api1.example",
      executionArn: "arn:api1",
    },
  ],
  integration: [
    INTEGRATION,
    "i",
    "int1",
    {
      apiId: "api1",
      integrationType: "AWS_PROXY",
      integrationMethod: "POST",
      integrationUri: INVOKE_ARN,
      timeoutMilliseconds: 29_000,
    },
  ],
  authorizer: [
    AUTHORIZER,
    "z",
    "auth1",
    {
      apiId: "api1",
      name: "watch",
      authorizerType: "REQUEST",
      authorizerUri: INVOKE_ARN,
      identitySources: ["route.request.header.Sec-WebSocket-Protocol"],
    },
  ],
  // An authorizer of another API, with an unsupported type: it must not be read.
  foreign: [AUTHORIZER, "s", "auth2", { apiId: "api2", authorizerType: "JWT" }],
  connect: [
    ROUTE,
    "c",
    "r1",
    {
      apiId: "api1",
      routeKey: "$connect",
      target: "integrations/int1",
      authorizationType: "CUSTOM",
      authorizerId: "auth1",
    },
  ],
  watch: [ROUTE, "w", "r2", { apiId: "api1", routeKey: "watch", target: "integrations/int1" }],
  deployment: [DEPLOYMENT, "d", "dep1", { apiId: "api1" }],
  stage: [STAGE, "s", "st1", { apiId: "api1", name: "development", deploymentId: "dep1" }],
};

const OF_HTTP: Readonly<Record<string, Resource>> = {
  api: [
    API,
    "a",
    "api1",
    { protocolType: "HTTP", apiEndpoint: "https://api1.example", executionArn: "arn:api1" },
  ],
  integration: [
    INTEGRATION,
    "i",
    "int1",
    {
      apiId: "api1",
      integrationType: "AWS_PROXY",
      integrationUri: INVOKE_ARN,
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: 30_000,
    },
  ],
  authorizer: [
    AUTHORIZER,
    "z",
    "auth1",
    {
      apiId: "api1",
      name: "publish",
      authorizerType: "REQUEST",
      authorizerUri: INVOKE_ARN,
      authorizerPayloadFormatVersion: "2.0",
      enableSimpleResponses: true,
      authorizerResultTtlInSeconds: 0,
      identitySources: ["$request.header.Authorization"],
    },
  ],
  post: [
    ROUTE,
    "p",
    "r1",
    {
      apiId: "api1",
      routeKey: "POST /",
      target: "integrations/int1",
      authorizationType: "CUSTOM",
      authorizerId: "auth1",
    },
  ],
  rest: [
    ROUTE,
    "r",
    "r2",
    { apiId: "api1", routeKey: "$default", target: "integrations/int1", authorizationType: "NONE" },
  ],
  stage: [STAGE, "s", "st1", { apiId: "api1", name: "development", autoDeploy: true }],
};

function read(resources: Readonly<Record<string, Resource>>, changes: Changes = {}) {
  const changed = Object.entries(resources).map(
    ([key, [type, name, id, properties]]): Resource => [type, name, id, { ...properties, ...changes[key] }],
  );
  const [api] = readApis(program(...changed), "us-east-1");
  return api?.routes.map(({ routeKey, authorizer }) => [routeKey, authorizer]);
}

test("readApis returns the authorizer of $connect and none for other routes", () => {
  expect(read(OF_WEB_SOCKET)).toEqual([
    [
      "$connect",
      {
        id: "auth1",
        name: "z",
        functionArn: FUNCTION_ARN,
        identityHeaders: ["sec-websocket-protocol"],
        timeoutMs: 29_000,
      },
    ],
    ["watch", undefined],
  ]);
});

test("readApis returns the authorizer of an HTTP API for the routes that name it", () => {
  expect(read(OF_HTTP)).toEqual([
    [
      "POST /",
      {
        id: "auth1",
        name: "z",
        functionArn: FUNCTION_ARN,
        identityHeaders: ["authorization"],
        timeoutMs: 10_000,
      },
    ],
    ["$default", undefined],
  ]);
});

test("checkResourceTypes accepts authorizers", () => {
  expect(() => checkResourceTypes(program([AUTHORIZER, "z", "auth1", {}]), "demo")).not.toThrow();
});

const HEADERS_ONLY = `Expected identitySources of ${AUTHORIZER} z to be headers, such as`;
const NO_OTHER = "The local stack serves no other value.";
const SERVE_OTHERS = "Serve others in emulator/program/read-authorizers.ts.";
const unsupported = (property: string) =>
  `The local stack does not serve ${property} of ${AUTHORIZER} z. Serve it in emulator/program/read-authorizers.ts.`;

test.each<[Changes, string]>([
  [
    { authorizer: { authorizerType: "JWT" } },
    `Expected authorizerType of ${AUTHORIZER} z to be "REQUEST", got "JWT". ${NO_OTHER}`,
  ],
  [{ authorizer: { authorizerResultTtlInSeconds: 0 } }, unsupported("authorizerResultTtlInSeconds")],
  [{ authorizer: { authorizerCredentialsArn: "arn:role" } }, unsupported("authorizerCredentialsArn")],
  [{ authorizer: { enableSimpleResponses: true } }, unsupported("enableSimpleResponses")],
  [
    { authorizer: { identitySources: ["route.request.querystring.token"] } },
    `${HEADERS_ONLY} route.request.header.Sec-WebSocket-Protocol, got route.request.querystring.token. ${SERVE_OTHERS}`,
  ],
  [
    { authorizer: { identitySources: ["$request.header.Authorization"] } },
    `${HEADERS_ONLY} route.request.header.Sec-WebSocket-Protocol, got $request.header.Authorization. ${SERVE_OTHERS}`,
  ],
  [
    { authorizer: { authorizerUri: "arn:elsewhere" } },
    `Expected authorizerUri of ${AUTHORIZER} z to be the invoke ARN of a function, got arn:elsewhere.`,
  ],
  [
    { authorizer: { authorizerUri: UNKNOWN } },
    `Expected authorizerUri of ${AUTHORIZER} z to be known, got an unknown output. Add the output to emulator/program/synthesize-outputs.ts.`,
  ],
  [
    { watch: { authorizationType: "CUSTOM", authorizerId: "auth1" } },
    `Expected authorizationType of ${ROUTE} w to be NONE, got CUSTOM: in a WebSocket API only $connect can have an authorizer.`,
  ],
  [
    { connect: { authorizationType: "AWS_IAM", authorizerId: undefined } },
    `Expected authorizationType of ${ROUTE} c to be NONE or CUSTOM, got "AWS_IAM". ${SERVE_OTHERS}`,
  ],
  [
    { connect: { authorizerId: "auth2" } },
    `Expected authorizerId of ${ROUTE} c to be the id of an authorizer of its API, got "auth2".`,
  ],
  [
    { connect: { authorizerId: undefined } },
    `Expected authorizerId of ${ROUTE} c to be the id of an authorizer of its API, got none.`,
  ],
  [
    { connect: { authorizationType: undefined } },
    `Expected authorizationType of ${ROUTE} c to be CUSTOM, since it has an authorizerId, got NONE.`,
  ],
])("readApis throws for a WebSocket API with %j", (changes, message) => {
  expect(() => read(OF_WEB_SOCKET, changes)).toThrow(new Error(message));
});

test.each<[Changes, string]>([
  [
    { authorizer: { authorizerType: "JWT", jwtConfiguration: { issuer: "https://issuer.example" } } },
    `Expected authorizerType of ${AUTHORIZER} z to be "REQUEST", got "JWT". ${NO_OTHER}`,
  ],
  [
    { authorizer: { authorizerPayloadFormatVersion: "1.0" } },
    `Expected authorizerPayloadFormatVersion of ${AUTHORIZER} z to be "2.0", got "1.0". ${NO_OTHER}`,
  ],
  [
    { authorizer: { authorizerResultTtlInSeconds: 300 } },
    `Expected authorizerResultTtlInSeconds of ${AUTHORIZER} z to be 0, got 300. ${NO_OTHER}`,
  ],
  [
    { authorizer: { authorizerResultTtlInSeconds: undefined } },
    `Expected authorizerResultTtlInSeconds of ${AUTHORIZER} z to be 0, got none. ${NO_OTHER}`,
  ],
  [
    { authorizer: { enableSimpleResponses: undefined } },
    `Expected enableSimpleResponses of ${AUTHORIZER} z to be true, got none. ${NO_OTHER}`,
  ],
  [{ authorizer: { authorizerCredentialsArn: "arn:role" } }, unsupported("authorizerCredentialsArn")],
  [
    { authorizer: { identitySources: ["$request.header.Authorization", "$context.identity.sourceIp"] } },
    `${HEADERS_ONLY} $request.header.Authorization, got $context.identity.sourceIp. ${SERVE_OTHERS}`,
  ],
  [
    { rest: { authorizationType: "JWT", authorizerId: "auth1" } },
    `Expected authorizationType of ${ROUTE} r to be NONE or CUSTOM, got "JWT". ${SERVE_OTHERS}`,
  ],
])("readApis throws for an HTTP API with %j", (changes, message) => {
  expect(() => read(OF_HTTP, changes)).toThrow(new Error(message));
});
