import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "./lambda-function.ts";
import { accessLog, allowInvoke, type Throttle, throttlingSettings } from "./stage.ts";

/** `$connect` and `$disconnect` return a status only; the others answer on the socket that asked. */
const ONE_WAY_ROUTES = ["$connect", "$disconnect"];
const TWO_WAY_ROUTES = ["watch", "unwatch", "ping", "$default"];

/** API Gateway's longest: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
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
 * The WebSocket API that browsers watch through: its address, known before there are functions, since they are told of it.
 * {@link WatchRoutes} makes it answer.
 */
export class WatchApi extends pulumi.ComponentResource {
  /** `wss://…/{stage}`, for browsers. */
  readonly url: pulumi.Output<string>;
  /** `https://…/{stage}`, for those who post to connections. */
  readonly connectionsUrl: pulumi.Output<string>;
  readonly apiId: pulumi.Output<string>;
  /** Of the stage: `arn:aws:execute-api:{region}:{account}:{api}/{stage}`. */
  readonly stageArn: pulumi.Output<string>;
  readonly stage: string;

  constructor(name: string, args: WatchApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:WatchApi", name, {}, opts);

    const api = new aws.apigatewayv2.Api(
      name,
      {
        protocolType: "WEBSOCKET",
        routeSelectionExpression: "$request.body.action",
        // Also what lets a Lambda that has only IPv6 reach @connections.
        ipAddressType: "dualstack",
      },
      { parent: this },
    );

    this.stage = args.stage;
    this.apiId = api.id;
    this.url = pulumi.interpolate`${api.apiEndpoint}/${args.stage}`;
    this.connectionsUrl = this.url.apply((url) => url.replace(/^wss:/, "https:"));
    this.stageArn = pulumi.interpolate`${api.executionArn}/${args.stage}`;
    this.registerOutputs({ url: this.url, connectionsUrl: this.connectionsUrl });
  }

  /** Allows posting to connections of this stage, and closing them. */
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
  /** Answers every route. */
  readonly handler: LambdaFunction;
  readonly throttle: Throttle;
  /** Needs a CloudWatch role in the account's API Gateway settings, which is the region's and not this stack's to own. */
  readonly accessLog: boolean;
  readonly logRetentionDays: number;
}

/** The routes of the WebSocket API, deployed to its stage. */
export class WatchRoutes extends pulumi.ComponentResource {
  constructor(
    name: string,
    { api, handler, ...args }: WatchRoutesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ticker-watch:infra:WatchRoutes", name, {}, opts);
    const parent = { parent: this };

    const integration = new aws.apigatewayv2.Integration(
      name,
      {
        apiId: api.apiId,
        integrationType: "AWS_PROXY",
        integrationMethod: "POST",
        integrationUri: handler.invokeArn,
        timeoutMilliseconds: INTEGRATION_TIMEOUT_MS,
      },
      parent,
    );
    const target = pulumi.interpolate`integrations/${integration.id}`;

    const routes = [...ONE_WAY_ROUTES, ...TWO_WAY_ROUTES].map((routeKey) => ({
      routeKey,
      resource: new aws.apigatewayv2.Route(
        `${name}-${routeName(routeKey)}`,
        {
          apiId: api.apiId,
          routeKey,
          target,
          ...(TWO_WAY_ROUTES.includes(routeKey) && { routeResponseSelectionExpression: "$default" }),
        },
        parent,
      ),
    }));
    const responses = routes
      .filter(({ routeKey }) => TWO_WAY_ROUTES.includes(routeKey))
      .map(
        ({ routeKey, resource }) =>
          new aws.apigatewayv2.RouteResponse(
            `${name}-${routeName(routeKey)}`,
            { apiId: api.apiId, routeId: resource.id, routeResponseKey: "$default" },
            parent,
          ),
      );

    // A WebSocket stage serves a snapshot; it is taken anew when anything that it holds has changed.
    const definition = pulumi.jsonStringify([
      handler.invokeArn,
      integration.id,
      ...routes.map(({ routeKey, resource }) => [routeKey, resource.id, TWO_WAY_ROUTES.includes(routeKey)]),
      ...responses.map(({ id }) => id),
    ]);
    const deployment = new aws.apigatewayv2.Deployment(
      name,
      {
        apiId: api.apiId,
        triggers: { definition: definition.apply((json) => createHash("sha256").update(json).digest("hex")) },
      },
      { ...parent, dependsOn: [...routes.map(({ resource }) => resource), ...responses] },
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

const routeName = (routeKey: string): string => routeKey.replace("$", "");
