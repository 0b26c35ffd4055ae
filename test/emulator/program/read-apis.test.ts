import { expect, test } from "vitest";
import { UNKNOWN } from "#emulator/program/declared.ts";
import { readApis } from "#emulator/program/read-apis.ts";
import {
  API,
  DEPLOYMENT,
  INTEGRATION,
  program,
  type Resource,
  ROUTE,
  ROUTE_RESPONSE,
  STAGE,
} from "./declared.ts";

const FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:watch:next";
const INVOKE_ARN = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`;

/** A WebSocket API with a one-way and a two-way route, in which each resource can be replaced, or left out by `undefined`. */
function webSocketApi(changes: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> = {}) {
  const resources: Record<string, Resource> = {
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
    connect: [ROUTE, "c", "r1", { apiId: "api1", routeKey: "$connect", target: "integrations/int1" }],
    watch: [
      ROUTE,
      "w",
      "r2",
      {
        apiId: "api1",
        routeKey: "watch",
        target: "integrations/int1",
        routeResponseSelectionExpression: "$default",
      },
    ],
    response: [ROUTE_RESPONSE, "w", "rr2", { apiId: "api1", routeId: "r2", routeResponseKey: "$default" }],
    deployment: [DEPLOYMENT, "d", "dep1", { apiId: "api1" }],
    stage: [
      STAGE,
      "s",
      "st1",
      {
        apiId: "api1",
        name: "development",
        deploymentId: "dep1",
        defaultRouteSettings: { throttlingRateLimit: 5, throttlingBurstLimit: 7 },
      },
    ],
  };
  const changed = Object.entries(resources)
    .filter(([key]) => !(key in changes && changes[key] === undefined))
    .map(
      ([key, [type, name, id, properties]]): Resource => [type, name, id, { ...properties, ...changes[key] }],
    );
  return program(...changed);
}

test("a WebSocket API is read with its stage, routes and throttle", () => {
  const route = { functionArn: FUNCTION_ARN, timeoutMs: 29_000 };
  expect(readApis(webSocketApi(), "us-east-1")).toEqual([
    {
      protocol: "WEBSOCKET",
      id: "api1",
      name: "a",
      region: "us-east-1",
      accountId: "123456789012",
      executionArn: "arn:api1",
      domainName: "api1.example",
      stage: "development",
      throttle: { rateLimit: 5, burstLimit: 7 },
      routeSelectionExpression: "$request.body.action",
      routes: [
        { ...route, routeKey: "$connect", twoWay: false },
        { ...route, routeKey: "watch", twoWay: true },
      ],
    },
  ]);
});

test.each([
  ["a response that the route does not select", { watch: { routeResponseSelectionExpression: undefined } }],
  ["a selection without a response", { response: undefined }],
])("%s makes no two-way route", (_what, changes) => {
  expect(readApis(webSocketApi(changes), "us-east-1")[0]?.routes.map(({ twoWay }) => twoWay)).toEqual([
    false,
    false,
  ]);
});

test("a throttle that is left out is 0, as it is to API Gateway", () => {
  const [api] = readApis(
    webSocketApi({ stage: { defaultRouteSettings: { throttlingRateLimit: 5 } } }),
    "us-east-1",
  );
  expect(api?.throttle).toEqual({ rateLimit: 5, burstLimit: 0 });
});

test.each([
  [{ stage: undefined }, `Expected ${API} a to have one ${STAGE}, got 0.`],
  [
    { stage: { deploymentId: undefined } },
    `Expected ${STAGE} s to name a deployment of its API: without one it serves no route.`,
  ],
  [
    { deployment: undefined },
    `Expected ${STAGE} s to name a deployment of its API: without one it serves no route.`,
  ],
  [
    { integration: undefined },
    `Expected ${ROUTE} c to target an integration of its API, got integrations/int1.`,
  ],
  [
    { integration: { integrationUri: "arn:elsewhere" } },
    `Expected integrationUri of ${INTEGRATION} i to be a function's invoke ARN, got arn:elsewhere.`,
  ],
  [
    { integration: { integrationMethod: "GET" } },
    `Expected ${INTEGRATION} i to have integrationMethod POST, with which Lambda is called.`,
  ],
  [
    { integration: { integrationUri: UNKNOWN } },
    `Expected integrationUri of ${INTEGRATION} i to be known, but it depends on an output that is not invented. Add it to emulator/program/invent-outputs.ts.`,
  ],
])("%j stops the start", (changes, message) => {
  expect(() => readApis(webSocketApi(changes), "us-east-1")).toThrow(new Error(message));
});
