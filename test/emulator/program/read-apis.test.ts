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

/* How APIs are read from a program. Does not prove that API Gateway reads them in the same way. */

const FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:watch:next";
const INVOKE_ARN = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`;

/** A WebSocket API with a one-way and a two-way route. `changes` are merged into a resource; `undefined` omits it. */
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

test("readApis returns a WebSocket API with its stage, routes and throttle", () => {
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
  [
    "a route with a route response that it does not select",
    { watch: { routeResponseSelectionExpression: undefined } },
  ],
  ["a route that selects a missing route response", { response: undefined }],
])("%s is not two-way", (_what, changes) => {
  expect(readApis(webSocketApi(changes), "us-east-1")[0]?.routes.map(({ twoWay }) => twoWay)).toEqual([
    false,
    false,
  ]);
});

test("a missing throttle limit is 0, as in API Gateway", () => {
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
    `Expected deploymentId of ${STAGE} s to be the id of a deployment of its API, got none.`,
  ],
  [
    { deployment: undefined },
    `Expected deploymentId of ${STAGE} s to be the id of a deployment of its API, got "dep1".`,
  ],
  [
    { integration: undefined },
    `Expected target of ${ROUTE} c to be an integration of its API, got integrations/int1.`,
  ],
  [
    { integration: { integrationUri: "arn:elsewhere" } },
    `Expected integrationUri of ${INTEGRATION} i to be the invoke ARN of a function, got arn:elsewhere.`,
  ],
  [
    { integration: { integrationMethod: "GET" } },
    `Expected integrationMethod of ${INTEGRATION} i to be "POST", got "GET". The local stack serves no other value.`,
  ],
  [
    { integration: { integrationUri: UNKNOWN } },
    `Expected integrationUri of ${INTEGRATION} i to be known, got an unknown output. Add the output to emulator/program/synthesize-outputs.ts.`,
  ],
])("readApis throws for %j", (changes, message) => {
  expect(() => readApis(webSocketApi(changes), "us-east-1")).toThrow(new Error(message));
});
