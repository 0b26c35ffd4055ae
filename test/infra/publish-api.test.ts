/**
 * The HTTP API as PublishApi declares it. Does not prove that API Gateway answers so: test/local/gateway and test/flows hold
 * the local one to it.
 */
import { beforeAll, expect, test } from "vitest";
import { PublishApi } from "../../infra/publish-api.ts";
import { declare, type Inputs, type Program } from "./declare.ts";
import { smallFunction } from "./small-function.ts";

const API = "api-stock-publish";

let program: Program;
beforeAll(async () => {
  program = await declare(() => {
    const { url } = new PublishApi("stock-publish", {
      stage: "development",
      handler: smallFunction("publish"),
      pageOrigin: "https://page.example",
      throttle: { rateLimit: 30, burstLimit: 40 },
      logRetentionDays: 7,
    });
    return { url };
  });
});

test("it is dual stack, and only the page of this stack may call it from a browser", () => {
  expect(program.inputsByName("aws:apigatewayv2/api:Api")).toEqual({
    "stock-publish": {
      protocolType: "HTTP",
      ipAddressType: "dualstack",
      corsConfiguration: {
        allowOrigins: ["https://page.example"],
        allowMethods: ["POST"],
        allowHeaders: ["content-type"],
        maxAge: 3600,
      },
    },
  });
});

test("its address ends in the stage", () => {
  expect(program.outputs).toEqual({ url: `https://${API}.execute-api.eu-west-1.amazonaws.com/development` });
});

test("its routes go to the alias of the function, as payload format 2.0", () => {
  expect(program.inputsByName("aws:apigatewayv2/integration:Integration")).toEqual({
    "stock-publish": {
      apiId: API,
      integrationType: "AWS_PROXY",
      integrationUri: "invoke:function-publish:next",
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: 30_000,
    },
  });
  const target = "integrations/integration-stock-publish";
  expect(program.inputsByName("aws:apigatewayv2/route:Route")).toEqual({
    "stock-publish-post": { apiId: API, routeKey: "POST /", target },
    "stock-publish-broadcast": { apiId: API, routeKey: "POST /broadcast", target },
    "stock-publish-default": { apiId: API, routeKey: "$default", target },
  });
});

test("its stage deploys itself, within limits that are given, and logs each request", () => {
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

test("its stage may call the alias", () => {
  expect(program.inputsByName("aws:lambda/permission:Permission")).toEqual({
    "stock-publish": {
      action: "lambda:InvokeFunction",
      function: "function-publish",
      qualifier: "next",
      principal: "apigateway.amazonaws.com",
      sourceArn: `arn:aws:execute-api:eu-west-1:111122223333:${API}/development/*`,
    },
  });
});

test("it takes no snapshots by hand", () => {
  expect(program.all("aws:apigatewayv2/deployment:Deployment")).toEqual([]);
});
