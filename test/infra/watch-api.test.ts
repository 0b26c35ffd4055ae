/**
 * The resources of WatchApi and WatchRoutes. Does not prove that API Gateway behaves accordingly
 * (test/emulator/apigateway and test/flows test the local gateway), or that each of these changes requires a new
 * deployment.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { WatchApi, WatchRoutes, type WatchRoutesArgs } from "#infra/watch-api.ts";
import { type DeclareOptions, declare, type Inputs, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const API = "api-stock-watch";
const STAGE_ARN = `arn:aws:execute-api:eu-west-1:111122223333:${API}/development`;
const ROUTE = "aws:apigatewayv2/route:Route";
const RESPONSE = "aws:apigatewayv2/routeResponse:RouteResponse";
const INTEGRATION = "aws:apigatewayv2/integration:Integration";

const AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer";

const ARGS = {
  throttle: { rateLimit: 50, burstLimit: 70 },
  accessLog: false,
  logRetentionDays: 14,
} satisfies Partial<WatchRoutesArgs>;

interface Variant {
  readonly handler?: string;
  readonly authorizer?: string;
  readonly args?: Partial<WatchRoutesArgs>;
}

function declareApi(
  { handler = "watch", authorizer, args = {} }: Variant = {},
  options?: DeclareOptions,
): Promise<Program> {
  return declare(() => {
    const api = new WatchApi("stock-watch", { stage: "development" });
    new WatchRoutes("routes", {
      api,
      handler: smallFunction(handler),
      authorizer: authorizer === undefined ? undefined : smallFunction(authorizer),
      ...ARGS,
      ...args,
    });
    const { url, connectionsUrl, stageArn } = api;
    return { url, connectionsUrl, stageArn, postAndClose: api.allowConnections(["POST", "DELETE"]) };
  }, options);
}

describe("WebSocket API without an authorizer", () => {
  let program: Program;
  beforeAll(async () => {
    program = await declareApi();
  });

  test("the WebSocket API is dual-stack and selects routes by the message action", () => {
    expect(program.inputsByName("aws:apigatewayv2/api:Api")).toEqual({
      "stock-watch": {
        protocolType: "WEBSOCKET",
        routeSelectionExpression: "$request.body.action",
        ipAddressType: "dualstack",
      },
    });
  });

  test("WatchApi exposes its URLs, and allowConnections() is limited to its stage", () => {
    expect(program.outputs).toEqual({
      url: `wss://${API}.execute-api.eu-west-1.amazonaws.com/development`,
      connectionsUrl: `https://${API}.execute-api.eu-west-1.amazonaws.com/development`,
      stageArn: STAGE_ARN,
      postAndClose: {
        Effect: "Allow",
        Action: "execute-api:ManageConnections",
        Resource: [`${STAGE_ARN}/POST/@connections/*`, `${STAGE_ARN}/DELETE/@connections/*`],
      },
    });
  });

  test("one integration invokes the function alias", () => {
    expect(program.inputsByName(INTEGRATION)).toEqual({
      routes: {
        apiId: API,
        integrationType: "AWS_PROXY",
        integrationMethod: "POST",
        integrationUri: "invoke:function-watch:next",
        timeoutMilliseconds: 29_000,
      },
    });
  });

  test("$connect and $disconnect are one-way, all message routes are two-way", () => {
    const oneWay = { apiId: API, target: "integrations/integration-routes" };
    const twoWay = { ...oneWay, routeResponseSelectionExpression: "$default" };
    expect(program.inputsByName(ROUTE)).toEqual({
      "routes-connect": { ...oneWay, routeKey: "$connect" },
      "routes-disconnect": { ...oneWay, routeKey: "$disconnect" },
      "routes-watch": { ...twoWay, routeKey: "watch" },
      "routes-unwatch": { ...twoWay, routeKey: "unwatch" },
      "routes-user": { ...twoWay, routeKey: "user" },
      "routes-authorize": { ...twoWay, routeKey: "authorize" },
      "routes-sync": { ...twoWay, routeKey: "sync" },
      "routes-ping": { ...twoWay, routeKey: "ping" },
      "routes-default": { ...twoWay, routeKey: "$default" },
    });
  });

  test("each two-way route has the route response $default", () => {
    const responseTo = (name: string) => ({
      apiId: API,
      routeId: `route-routes-${name}`,
      routeResponseKey: "$default",
    });
    expect(program.inputsByName(RESPONSE)).toEqual({
      "routes-watch": responseTo("watch"),
      "routes-unwatch": responseTo("unwatch"),
      "routes-user": responseTo("user"),
      "routes-authorize": responseTo("authorize"),
      "routes-sync": responseTo("sync"),
      "routes-ping": responseTo("ping"),
      "routes-default": responseTo("default"),
    });
  });

  test("the stage serves the deployment with the given throttle", () => {
    expect(program.inputsByName("aws:apigatewayv2/stage:Stage")).toEqual({
      routes: {
        apiId: API,
        name: "development",
        deploymentId: "deployment-routes",
        defaultRouteSettings: { throttlingRateLimit: 50, throttlingBurstLimit: 70 },
      },
    });
  });

  test("the stage may invoke the function alias", () => {
    expect(program.inputsByName("aws:lambda/permission:Permission")).toEqual({
      routes: {
        action: "lambda:InvokeFunction",
        function: "function-watch",
        qualifier: "next",
        principal: "apigateway.amazonaws.com",
        sourceArn: `${STAGE_ARN}/*`,
      },
    });
  });

  test("the deployment depends on every route and route response", () => {
    const { inputs, dependsOn } = deployment(program);
    expect(inputs).toEqual({ apiId: API, triggers: { definition: expect.stringMatching(/^[0-9a-f]{64}$/) } });
    const names = (type: string) => program.all(type).map(({ name }) => `${type}::${name}`);
    expect([...dependsOn].sort()).toEqual([...names(ROUTE), ...names(RESPONSE)].sort());
  });
});

describe("WebSocket API with an authorizer", () => {
  let program: Program;
  beforeAll(async () => {
    program = await declareApi({ authorizer: "authorize" });
  });

  test("the authorizer uses the header Sec-WebSocket-Protocol, the only one that a browser can set", () => {
    expect(program.inputsByName(AUTHORIZER)).toEqual({
      routes: {
        apiId: API,
        authorizerType: "REQUEST",
        authorizerUri: "invoke:function-authorize:next",
        identitySources: ["route.request.header.Sec-WebSocket-Protocol"],
      },
    });
  });

  test("only $connect uses the authorizer", () => {
    const authorized = program
      .all(ROUTE)
      .flatMap(({ inputs: { routeKey, authorizationType, authorizerId } }) => {
        return authorizationType === undefined ? [] : [[routeKey, authorizationType, authorizerId]];
      });
    expect(authorized).toEqual([["$connect", "CUSTOM", "authorizer-routes"]]);
  });

  test("the authorizer may invoke the alias of its function", () => {
    expect(program.inputs("aws:lambda/permission:Permission", "routes-authorizer")).toEqual({
      action: "lambda:InvokeFunction",
      function: "function-authorize",
      qualifier: "next",
      principal: "apigateway.amazonaws.com",
      sourceArn: `${STAGE_ARN.replace("development", "authorizers")}/authorizer-routes`,
    });
  });
});

test("WatchRoutes without an authorizer declares none", async () => {
  expect((await declareApi()).all(AUTHORIZER)).toEqual([]);
});

test("accessLog true adds a log group and the access log settings", async () => {
  const program = await declareApi({ args: { accessLog: true, logRetentionDays: 60 } });
  expect(program.inputs("aws:cloudwatch/logGroup:LogGroup", "routes-access")).toEqual({
    name: "/aws/vendedlogs/apis/ticker-watch/test/routes",
    retentionInDays: 60,
  });
  const settings = program.inputs("aws:apigatewayv2/stage:Stage", "routes")["accessLogSettings"] as Inputs;
  expect({ ...settings, format: JSON.parse(String(settings["format"])) }).toEqual({
    destinationArn:
      "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vendedlogs/apis/ticker-watch/test/routes",
    format: {
      requestId: "$context.requestId",
      requestTime: "$context.requestTime",
      connectionId: "$context.connectionId",
      eventType: "$context.eventType",
      routeKey: "$context.routeKey",
      status: "$context.status",
      integrationStatus: "$context.integrationStatus",
      integrationErrorMessage: "$context.integrationErrorMessage",
      "error.message": "$context.error.message",
    },
  });
});

describe("deployment trigger", () => {
  let unchanged: unknown;
  beforeAll(async () => {
    unchanged = trigger(await declareApi());
  });

  const parts = [
    [INTEGRATION, "routes"],
    ...["connect", "disconnect", "watch", "unwatch", "user", "authorize", "sync", "ping", "default"].map(
      (name) => [ROUTE, `routes-${name}`],
    ),
    ...["watch", "unwatch", "user", "authorize", "sync", "ping", "default"].map((name) => [
      RESPONSE,
      `routes-${name}`,
    ]),
  ];
  test.each(parts)("replacing %s %s requires a new deployment", async (type, name) => {
    const program = await declareApi({}, { outputs: { [`${type}::${name}`]: { id: "another" } } });
    expect(trigger(program)).not.toBe(unchanged);
  });

  test("another handler requires a new deployment", async () => {
    expect(trigger(await declareApi({ handler: "other" }))).not.toBe(unchanged);
  });

  test("adding or replacing the authorizer requires a new deployment", async () => {
    const withAuthorizer = trigger(await declareApi({ authorizer: "authorize" }));
    const others = [
      await declareApi({ authorizer: "another" }),
      await declareApi(
        { authorizer: "authorize" },
        { outputs: { [`${AUTHORIZER}::routes`]: { id: "another" } } },
      ),
    ];
    expect(new Set([unchanged, withAuthorizer, ...others.map(trigger)]).size).toBe(4);
  });

  test("the same program and stage settings require no new deployment", async () => {
    const args = { throttle: { rateLimit: 1, burstLimit: 2 }, accessLog: true, logRetentionDays: 30 };
    expect(trigger(await declareApi())).toBe(unchanged);
    expect(trigger(await declareApi({ args }))).toBe(unchanged);
  });
});

const deployment = (program: Program) => program.get("aws:apigatewayv2/deployment:Deployment", "routes");
const trigger = (program: Program) => (deployment(program).inputs["triggers"] as Inputs)["definition"];
