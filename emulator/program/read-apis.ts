import type { Authorizer, HttpApi, Route, Throttle, WebSocketApi } from "../apigateway/model.ts";
import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { functionArnOf } from "./invoke-arn.ts";
import {
  describe,
  expectValue,
  nested,
  number,
  optional,
  resourcesOfType,
  strings,
  text,
} from "./properties.ts";
import { authorizerOf, readAuthorizers } from "./read-authorizers.ts";
import { ACCOUNT_ID } from "./synthesize-outputs.ts";

const API = "aws:apigatewayv2/api:Api";
const AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer";
const INTEGRATION = "aws:apigatewayv2/integration:Integration";
const ROUTE = "aws:apigatewayv2/route:Route";
const ROUTE_RESPONSE = "aws:apigatewayv2/routeResponse:RouteResponse";
const STAGE = "aws:apigatewayv2/stage:Stage";

/**
 * The APIs of the program, each with its routes and its only stage.
 * @throws {Error} when an API has several stages, no deployment, or a route that is not served here.
 */
export function readApis(program: DeclaredProgram, region: string): readonly (WebSocketApi | HttpApi)[] {
  return resourcesOfType(program, API).map((api) => {
    const stage = findStage(program, api);
    const authorizers = readAuthorizers(resourcesOfApi(program, AUTHORIZER, api), protocolOf(api));
    const common = {
      id: api.id,
      name: api.name,
      region,
      accountId: ACCOUNT_ID,
      executionArn: text(api, "executionArn"),
      domainName: new URL(text(api, "apiEndpoint")).hostname,
      stage: text(stage, "name"),
      throttle: readThrottle(stage),
      routes: resourcesOfApi(program, ROUTE, api).map((route) => readRoute(program, api, authorizers, route)),
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
    !resourcesOfApi(program, "aws:apigatewayv2/deployment:Deployment", api).some(
      ({ id }) => id === deploymentId,
    )
  ) {
    throw new Error(
      `Expected deploymentId of ${describe(stage)} to be the id of a deployment of its API, got ` +
        `${JSON.stringify(deploymentId) ?? "none"}.`,
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
      `Expected autoDeploy of ${describe(stage)} to be true: without it the stage has no routes.`,
    );
  }
  const cors = nested(api, "corsConfiguration");
  if (!cors) return { ...common, protocol: "HTTP" };
  const maxAgeSeconds = optional(cors, "maxAge");
  return {
    ...common,
    protocol: "HTTP",
    cors: {
      allowOrigins: strings(cors, "allowOrigins"),
      allowMethods: strings(cors, "allowMethods"),
      allowHeaders: strings(cors, "allowHeaders"),
      exposeHeaders: strings(cors, "exposeHeaders"),
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
  const integration = resourcesOfApi(program, INTEGRATION, api).find(
    ({ id }) => target === `integrations/${id}`,
  );
  if (!integration)
    throw new Error(`Expected target of ${describe(route)} to be an integration of its API, got ${target}.`);
  expectValue(integration, "integrationType", "AWS_PROXY");
  checkPayload(api, integration);
  // API Gateway sends a response only when it is declared and the route selects it.
  const twoWay =
    optional(route, "routeResponseSelectionExpression") === "$default" &&
    resourcesOfType(program, ROUTE_RESPONSE).some(
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
  if (protocolOf(api) === "HTTP") expectValue(integration, "payloadFormatVersion", "2.0");
  // Lambda Invoke is a POST.
  else expectValue(integration, "integrationMethod", "POST");
}

/** A missing limit is 0 in API Gateway, which rejects every request: https://github.com/pulumi/pulumi-aws/issues/2363 */
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

function resourcesOfApi(
  program: DeclaredProgram,
  type: string,
  api: DeclaredResource,
): readonly DeclaredResource[] {
  return resourcesOfType(program, type).filter((resource) => optional(resource, "apiId") === api.id);
}

function findStage(program: DeclaredProgram, api: DeclaredResource): DeclaredResource {
  const stages = resourcesOfApi(program, STAGE, api);
  const [stage] = stages;
  if (stage && stages.length === 1) return stage;
  throw new Error(`Expected ${describe(api)} to have one ${STAGE}, got ${stages.length}.`);
}
