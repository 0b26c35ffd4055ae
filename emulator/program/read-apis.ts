import type { Authorizer, HttpApi, Route, Throttle, WebSocketApi } from "../apigateway/model.ts";
import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { ACCOUNT_ID } from "./invent-outputs.ts";
import { functionArnOf } from "./invoke-arn.ts";
import { describe, nested, number, ofType, optional, text, texts } from "./properties.ts";
import { authorizerOf, readAuthorizers } from "./read-authorizers.ts";

const API = "aws:apigatewayv2/api:Api";
const AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer";
const INTEGRATION = "aws:apigatewayv2/integration:Integration";
const ROUTE = "aws:apigatewayv2/route:Route";
const ROUTE_RESPONSE = "aws:apigatewayv2/routeResponse:RouteResponse";
const STAGE = "aws:apigatewayv2/stage:Stage";

/** The APIs of the program, each with the routes of its one stage. */
export function readApis(program: DeclaredProgram, region: string): readonly (WebSocketApi | HttpApi)[] {
  return ofType(program, API).map((api) => {
    const stage = one(program, STAGE, api);
    const authorizers = readAuthorizers(belonging(program, AUTHORIZER, api), protocolOf(api));
    const common = {
      id: api.id,
      name: api.name,
      region,
      accountId: ACCOUNT_ID,
      executionArn: text(api, "executionArn"),
      domainName: new URL(text(api, "apiEndpoint")).hostname,
      stage: text(stage, "name"),
      throttle: readThrottle(stage),
      routes: belonging(program, ROUTE, api).map((route) => readRoute(program, api, authorizers, route)),
    };
    return protocolOf(api) === "WEBSOCKET"
      ? readWebSocketApi(program, api, stage, common)
      : readHttpApi(api, stage, common);
  });
}

type Common = Omit<WebSocketApi, "protocol" | "routeSelectionExpression">;

function readWebSocketApi(
  program: DeclaredProgram,
  api: DeclaredResource,
  stage: DeclaredResource,
  common: Common,
): WebSocketApi {
  const deploymentId = optional(stage, "deploymentId");
  if (
    !belonging(program, "aws:apigatewayv2/deployment:Deployment", api).some(({ id }) => id === deploymentId)
  ) {
    throw new Error(
      `Expected ${describe(stage)} to name a deployment of its API: without one it serves no route.`,
    );
  }
  return {
    ...common,
    protocol: "WEBSOCKET",
    routeSelectionExpression: text(api, "routeSelectionExpression"),
  };
}

function readHttpApi(api: DeclaredResource, stage: DeclaredResource, common: Common): HttpApi {
  if (optional(stage, "autoDeploy") !== true) {
    throw new Error(
      `Expected ${describe(stage)} to deploy itself (autoDeploy): without that it serves no route.`,
    );
  }
  const cors = nested(api, "corsConfiguration");
  if (!cors) return { ...common, protocol: "HTTP" };
  const maxAgeSeconds = optional(cors, "maxAge");
  return {
    ...common,
    protocol: "HTTP",
    cors: {
      allowOrigins: texts(cors, "allowOrigins"),
      allowMethods: texts(cors, "allowMethods"),
      allowHeaders: texts(cors, "allowHeaders"),
      exposeHeaders: texts(cors, "exposeHeaders"),
      allowCredentials: optional(cors, "allowCredentials") === true,
      ...(typeof maxAgeSeconds === "number" && { maxAgeSeconds }),
    },
  };
}

function readRoute(
  program: DeclaredProgram,
  api: DeclaredResource,
  authorizers: ReadonlyMap<string, Authorizer>,
  route: DeclaredResource,
): Route {
  const authorizer = authorizerOf(route, authorizers, protocolOf(api));
  const target = text(route, "target");
  const integration = belonging(program, INTEGRATION, api).find(({ id }) => target === `integrations/${id}`);
  if (!integration)
    throw new Error(`Expected ${describe(route)} to target an integration of its API, got ${target}.`);
  const isProxy = text(integration, "integrationType") === "AWS_PROXY";
  if (!isProxy)
    throw new Error(`Expected ${describe(integration)} to be AWS_PROXY: no other type is served here.`);
  checkPayload(api, integration);
  // Both are asked for: a response that the route does not select is never sent.
  const twoWay =
    optional(route, "routeResponseSelectionExpression") === "$default" &&
    ofType(program, ROUTE_RESPONSE).some(
      (response) =>
        optional(response, "routeId") === route.id && text(response, "routeResponseKey") === "$default",
    );
  return {
    routeKey: text(route, "routeKey"),
    functionArn: functionArnOf(integration, "integrationUri"),
    timeoutMs: number(integration, "timeoutMilliseconds"),
    twoWay,
    ...(authorizer && { authorizer }),
  };
}

function checkPayload(api: DeclaredResource, integration: DeclaredResource): void {
  const isHttp = protocolOf(api) === "HTTP";
  if (isHttp && optional(integration, "payloadFormatVersion") !== "2.0") {
    throw new Error(
      `Expected ${describe(integration)} to have payloadFormatVersion 2.0: no other is served here.`,
    );
  }
  if (!isHttp && optional(integration, "integrationMethod") !== "POST") {
    throw new Error(
      `Expected ${describe(integration)} to have integrationMethod POST, with which Lambda is called.`,
    );
  }
}

/** What is left out is 0 to API Gateway, and nothing passes: https://github.com/pulumi/pulumi-aws/issues/2363 */
function readThrottle(stage: DeclaredResource): Throttle {
  const settings = nested(stage, "defaultRouteSettings");
  if (!settings) return { rateLimit: 10_000, burstLimit: 5_000 };
  return {
    rateLimit: Number(optional(settings, "throttlingRateLimit") ?? 0),
    burstLimit: Number(optional(settings, "throttlingBurstLimit") ?? 0),
  };
}

const protocolOf = (api: DeclaredResource): "WEBSOCKET" | "HTTP" =>
  text(api, "protocolType") === "WEBSOCKET" ? "WEBSOCKET" : "HTTP";

function belonging(
  program: DeclaredProgram,
  type: string,
  api: DeclaredResource,
): readonly DeclaredResource[] {
  return ofType(program, type).filter((resource) => optional(resource, "apiId") === api.id);
}

function one(program: DeclaredProgram, type: string, api: DeclaredResource): DeclaredResource {
  const [resource, ...others] = belonging(program, type, api);
  if (resource && others.length === 0) return resource;
  throw new Error(
    `Expected ${describe(api)} to have one ${type}, got ${others.length + (resource ? 1 : 0)}.`,
  );
}
