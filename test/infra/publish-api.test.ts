/**
 * The resources of PublishApi. Does not prove that API Gateway behaves accordingly; test/emulator/apigateway and
 * test/flows test the local gateway.
 */
import { beforeAll, expect, test } from "vitest";
import { PublishApi } from "#infra/publish-api.ts";
import { declare, type Inputs, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const API = "api-stock-publish";

const ROUTE = "aws:apigatewayv2/route:Route";

const declareApi = (access: "token" | "open"): Promise<Program> =>
  declare(() => {
    const { url } = new PublishApi("stock-publish", {
      stage: "development",
      handler: smallFunction("publish"),
      authorizer: smallFunction("authorize"),
      access,
      pageOrigin: "https://page.example",
      throttle: { rateLimit: 30, burstLimit: 40 },
      logRetentionDays: 7,
    });
    return { url };
  });

let program: Program;
beforeAll(async () => {
  program = await declareApi("token");
});

test("the HTTP API is dual-stack, and CORS allows only the origin of the watch page", () => {
  expect(program.inputsByName("aws:apigatewayv2/api:Api")).toEqual({
    "stock-publish": {
      protocolType: "HTTP",
      ipAddressType: "dualstack",
      corsConfiguration: {
        allowOrigins: ["https://page.example"],
        allowMethods: ["POST"],
        allowHeaders: ["authorization", "content-type"],
        maxAge: 3600,
      },
    },
  });
});

test("PublishApi.url ends with the stage", () => {
  expect(program.outputs).toEqual({ url: `https://${API}.execute-api.eu-west-1.amazonaws.com/development` });
});

test("all routes invoke the function alias with payload format 2.0", () => {
  expect(program.inputsByName("aws:apigatewayv2/integration:Integration")).toEqual({
    "stock-publish": {
      apiId: API,
      integrationType: "AWS_PROXY",
      integrationUri: "invoke:function-publish:next",
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: 30_000,
    },
  });
  const routes = Object.values(program.inputsByName(ROUTE));
  expect(routes.map(({ routeKey }) => routeKey).sort()).toEqual(["$default", "POST /", "POST /broadcast"]);
  expect(new Set(routes.map(({ apiId, target }) => `${apiId} ${target}`))).toEqual(
    new Set([`${API} integrations/integration-stock-publish`]),
  );
});

test("with access token, both POST routes require the authorizer and $default does not", () => {
  const custom = { authorizationType: "CUSTOM", authorizerId: "authorizer-stock-publish" };
  expect(authorization(program)).toEqual({
    "stock-publish-post": custom,
    "stock-publish-broadcast": custom,
    "stock-publish-default": { authorizationType: "NONE", authorizerId: undefined },
  });
});

test("with access open, POST / needs no authorizer and POST /broadcast still does", async () => {
  const open = { authorizationType: "NONE", authorizerId: undefined };
  expect(authorization(await declareApi("open"))).toEqual({
    "stock-publish-post": open,
    "stock-publish-broadcast": {
      authorizationType: "CUSTOM",
      authorizerId: "authorizer-stock-publish",
    },
    "stock-publish-default": open,
  });
});

test("the authorizer uses the Authorization header, and its results are not cached", () => {
  expect(program.inputsByName("aws:apigatewayv2/authorizer:Authorizer")).toEqual({
    "stock-publish": {
      apiId: API,
      authorizerType: "REQUEST",
      authorizerUri: "invoke:function-authorize:next",
      authorizerPayloadFormatVersion: "2.0",
      enableSimpleResponses: true,
      identitySources: ["$request.header.Authorization"],
      authorizerResultTtlInSeconds: 0,
    },
  });
});

test("the stage deploys automatically, with the given throttle and an access log", () => {
  const { accessLogSettings, ...others } = program.inputs("aws:apigatewayv2/stage:Stage", "stock-publish");
  expect(others).toEqual({
    apiId: API,
    name: "development",
    autoDeploy: true,
    defaultRouteSettings: { throttlingRateLimit: 30, throttlingBurstLimit: 40 },
  });
  const { format, ...settings } = accessLogSettings as Inputs;
  expect(settings).toEqual({
    destinationArn:
      "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vendedlogs/apis/ticker-watch/test/stock-publish",
  });
  expect(JSON.parse(String(format))).toEqual({
    requestId: "$context.requestId",
    requestTime: "$context.requestTime",
    "identity.sourceIp": "$context.identity.sourceIp",
    httpMethod: "$context.httpMethod",
    routeKey: "$context.routeKey",
    status: "$context.status",
    responseLength: "$context.responseLength",
    integrationErrorMessage: "$context.integrationErrorMessage",
  });
  expect(program.inputs("aws:cloudwatch/logGroup:LogGroup", "stock-publish-access")).toEqual({
    name: "/aws/vendedlogs/apis/ticker-watch/test/stock-publish",
    retentionInDays: 7,
  });
});

test("the stage may invoke the publish alias, and the authorizer the authorize alias", () => {
  expect(program.inputsByName("aws:lambda/permission:Permission")).toEqual({
    "stock-publish": {
      action: "lambda:InvokeFunction",
      function: "function-publish",
      qualifier: "next",
      principal: "apigateway.amazonaws.com",
      sourceArn: `arn:aws:execute-api:eu-west-1:111122223333:${API}/development/*`,
    },
    "stock-publish-authorizer": {
      action: "lambda:InvokeFunction",
      function: "function-authorize",
      qualifier: "next",
      principal: "apigateway.amazonaws.com",
      sourceArn: `arn:aws:execute-api:eu-west-1:111122223333:${API}/authorizers/authorizer-stock-publish`,
    },
  });
});

test("PublishApi declares no explicit deployment", () => {
  expect(program.all("aws:apigatewayv2/deployment:Deployment")).toEqual([]);
});

/** The authorization settings of each route. */
function authorization(declared: Program): Record<string, Inputs> {
  return Object.fromEntries(
    declared
      .all(ROUTE)
      .map(({ name, inputs: { authorizationType, authorizerId } }) => [
        name,
        { authorizationType, authorizerId },
      ]),
  );
}
