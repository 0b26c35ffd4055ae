import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "./lambda-function.ts";
import { accessLog, allowAuthorizer, allowInvoke, type Throttle, throttlingSettings } from "./stage.ts";

/** Two-way routes respond on the same socket; `$connect` and `$disconnect` return a status only. */
const ROUTES = [
  { routeKey: "$connect", twoWay: false },
  { routeKey: "$disconnect", twoWay: false },
  { routeKey: "watch", twoWay: true },
  { routeKey: "unwatch", twoWay: true },
  { routeKey: "user", twoWay: true },
  { routeKey: "authorize", twoWay: true },
  { routeKey: "sync", twoWay: true },
  { routeKey: "ping", twoWay: true },
  { routeKey: "$default", twoWay: true },
];

/** The maximum: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const INTEGRATION_TIMEOUT_MS = 29_000;

const ACCESS_LOG_FIELDS = [
  "requestId",
  "requestTime",
  "connectionId",
  "eventType",
  "routeKey",
  "status",
  "integrationStatus",
  "integrationErrorMessage",
  "error.message",
];

export interface WatchApiArgs {
  readonly stage: string;
}

/**
 * The WebSocket API for watchers, without routes: the functions need its URL in their environment, and
 * {@link WatchRoutes} needs the functions.
 */
export class WatchApi extends pulumi.ComponentResource {
  /** `wss://…/{stage}`, for browsers. */
  readonly url: pulumi.Output<string>;
  /** `https://…/{stage}`, the endpoint of the API Gateway Management API. */
  readonly connectionsUrl: pulumi.Output<string>;
  readonly apiId: pulumi.Output<string>;
  /** `arn:aws:execute-api:{region}:{account}:{api}`. */
  readonly executionArn: pulumi.Output<string>;
  /** `arn:aws:execute-api:{region}:{account}:{api}/{stage}`. */
  readonly stageArn: pulumi.Output<string>;
  readonly stage: string;
  readonly routeSelectionExpression: pulumi.Output<string | undefined>;

  constructor(name: string, args: WatchApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:WatchApi", name, {}, opts);

    const api = new aws.apigatewayv2.Api(
      name,
      {
        protocolType: "WEBSOCKET",
        routeSelectionExpression: "$request.body.action",
        // Lambdas with IPv6 egress only also need this to reach @connections.
        ipAddressType: "dualstack",
      },
      { parent: this },
    );

    this.stage = args.stage;
    this.routeSelectionExpression = api.routeSelectionExpression;
    this.apiId = api.id;
    this.url = pulumi.interpolate`${api.apiEndpoint}/${args.stage}`;
    this.connectionsUrl = this.url.apply((url) => url.replace(/^wss:/, "https:"));
    this.executionArn = api.executionArn;
    this.stageArn = pulumi.interpolate`${api.executionArn}/${args.stage}`;
    this.registerOutputs({ url: this.url, connectionsUrl: this.connectionsUrl });
  }

  /** An IAM statement that allows posting to (POST) or closing (DELETE) connections of this stage. */
  allowConnections(methods: readonly ("POST" | "DELETE")[]): aws.iam.PolicyStatement {
    return {
      Effect: "Allow",
      Action: "execute-api:ManageConnections",
      Resource: methods.map((method) => pulumi.interpolate`${this.stageArn}/${method}/@connections/*`),
    };
  }
}

export interface WatchRoutesArgs {
  readonly api: WatchApi;
  /** Serves all routes. */
  readonly handler: LambdaFunction;
  /** Authorizer for `$connect`; `undefined` accepts every connection. */
  readonly authorizer: LambdaFunction | undefined;
  readonly throttle: Throttle;
  /** Requires a CloudWatch role in the API Gateway account settings, which apply to the whole region. */
  readonly accessLog: boolean;
  readonly logRetentionDays: number;
}

/** The routes of the WebSocket API, its authorizer and its stage. */
export class WatchRoutes extends pulumi.ComponentResource {
  constructor(
    name: string,
    { api, handler, authorizer, ...args }: WatchRoutesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ticker-watch:infra:WatchRoutes", name, {}, opts);
    const parent = { parent: this };

    const integrationArgs = {
      apiId: api.apiId,
      integrationType: "AWS_PROXY",
      integrationMethod: "POST",
      integrationUri: handler.invokeArn,
      timeoutMilliseconds: INTEGRATION_TIMEOUT_MS,
    };
    const integration = new aws.apigatewayv2.Integration(name, integrationArgs, parent);

    const authorizerArgs = authorizer && {
      apiId: api.apiId,
      authorizerType: "REQUEST",
      authorizerUri: authorizer.invokeArn,
      // The only header that a page can set. All identity sources are required, so there is no second one.
      identitySources: ["route.request.header.Sec-WebSocket-Protocol"],
    };
    const connectAuthorizer = authorizerArgs && new aws.apigatewayv2.Authorizer(name, authorizerArgs, parent);
    if (authorizer && connectAuthorizer) {
      allowAuthorizer(name, authorizer, api.executionArn, connectAuthorizer.id, parent);
    }

    const routes = ROUTES.map(({ routeKey, twoWay }) => {
      const routeName = `${name}-${routeKey.replace("$", "")}`;
      const args = {
        apiId: api.apiId,
        routeKey,
        target: pulumi.interpolate`integrations/${integration.id}`,
        ...(twoWay && { routeResponseSelectionExpression: "$default" }),
        // WebSocket APIs support authorizers on `$connect` only.
        ...(connectAuthorizer &&
          routeKey === "$connect" && { authorizationType: "CUSTOM", authorizerId: connectAuthorizer.id }),
      };
      const route = new aws.apigatewayv2.Route(routeName, args, parent);
      const responseArgs = { apiId: api.apiId, routeId: route.id, routeResponseKey: "$default" };
      const responses = twoWay ? [new aws.apigatewayv2.RouteResponse(routeName, responseArgs, parent)] : [];
      return { args, resources: [route, ...responses] };
    });

    // A WebSocket stage serves an immutable deployment; any change to its parts requires a new one.
    const definition = pulumi.jsonStringify([
      api.routeSelectionExpression,
      integrationArgs,
      authorizerArgs ?? "no authorizer",
      ...routes.map(({ args, resources }) => [args, ...resources.map(({ id }) => id)]),
    ]);
    const deployment = new aws.apigatewayv2.Deployment(
      name,
      {
        apiId: api.apiId,
        triggers: { definition: definition.apply((json) => createHash("sha256").update(json).digest("hex")) },
      },
      { ...parent, dependsOn: routes.flatMap(({ resources }) => resources) },
    );
    new aws.apigatewayv2.Stage(
      name,
      {
        apiId: api.apiId,
        name: api.stage,
        deploymentId: deployment.id,
        defaultRouteSettings: throttlingSettings(args.throttle),
        ...(args.accessLog && {
          accessLogSettings: accessLog(name, ACCESS_LOG_FIELDS, args.logRetentionDays, parent),
        }),
      },
      parent,
    );
    allowInvoke(name, handler, api.stageArn, parent);
    this.registerOutputs({});
  }
}
