import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "./lambda-function.ts";
import { accessLog, allowAuthorizer, allowInvoke, type Throttle, throttlingSettings } from "./stage.ts";

/** Whether a route requires a token; `configured` follows {@link PublishApiArgs.access}. */
type RouteAccess = "token" | "open" | "configured";

/** `$default` is open: it returns 400, or 204 for OPTIONS. */
const ROUTES: readonly { routeName: string; routeKey: string; access: RouteAccess }[] = [
  { routeName: "post", routeKey: "POST /", access: "configured" },
  { routeName: "broadcast", routeKey: "POST /broadcast", access: "token" },
  { routeName: "default", routeKey: "$default", access: "open" },
];

/** The maximum: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = 30_000;

const ACCESS_LOG_FIELDS = [
  "requestId",
  "requestTime",
  "identity.sourceIp",
  "httpMethod",
  "routeKey",
  "status",
  "responseLength",
  "integrationErrorMessage",
];

export interface PublishApiArgs {
  readonly stage: string;
  /** Serves all routes. */
  readonly handler: LambdaFunction;
  /** The Lambda authorizer. */
  readonly authorizer: LambdaFunction;
  /** Whether publishing prices requires a token. */
  readonly access: "token" | "open";
  /** The only origin that CORS allows, `https://…`. */
  readonly pageOrigin: pulumi.Input<string>;
  readonly throttle: Throttle;
  readonly logRetentionDays: number;
}

/** The HTTP API for publishing prices and broadcasting notices. */
export class PublishApi extends pulumi.ComponentResource {
  /** `https://…/{stage}`. */
  readonly url: pulumi.Output<string>;

  constructor(
    name: string,
    { handler, authorizer, ...args }: PublishApiArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ticker-watch:infra:PublishApi", name, {}, opts);
    const parent = { parent: this };

    const api = new aws.apigatewayv2.Api(
      name,
      {
        protocolType: "HTTP",
        ipAddressType: "dualstack",
        corsConfiguration: {
          allowOrigins: [args.pageOrigin],
          allowMethods: ["POST"],
          allowHeaders: ["authorization", "content-type"],
          maxAge: 3600,
        },
      },
      parent,
    );
    const integration = new aws.apigatewayv2.Integration(
      name,
      {
        apiId: api.id,
        integrationType: "AWS_PROXY",
        integrationUri: handler.invokeArn,
        payloadFormatVersion: "2.0",
        timeoutMilliseconds: INTEGRATION_TIMEOUT_MS,
      },
      parent,
    );
    const tokenAuthorizer = new aws.apigatewayv2.Authorizer(
      name,
      {
        apiId: api.id,
        authorizerType: "REQUEST",
        authorizerUri: authorizer.invokeArn,
        authorizerPayloadFormatVersion: "2.0",
        enableSimpleResponses: true,
        identitySources: ["$request.header.Authorization"],
        // The default is 300 s. Caching would outlive token expiry and leak across routes.
        authorizerResultTtlInSeconds: 0,
      },
      parent,
    );
    allowAuthorizer(name, authorizer, api.executionArn, tokenAuthorizer.id, parent);
    for (const { routeName, routeKey, access } of ROUTES) {
      const isOpen = (access === "configured" ? args.access : access) === "open";
      new aws.apigatewayv2.Route(
        `${name}-${routeName}`,
        {
          apiId: api.id,
          routeKey,
          target: pulumi.interpolate`integrations/${integration.id}`,
          // Set explicitly: on update AWS keeps an omitted value.
          ...(isOpen
            ? { authorizationType: "NONE" }
            : { authorizationType: "CUSTOM", authorizerId: tokenAuthorizer.id }),
        },
        parent,
      );
    }
    new aws.apigatewayv2.Stage(
      name,
      {
        apiId: api.id,
        name: args.stage,
        autoDeploy: true,
        defaultRouteSettings: throttlingSettings(args.throttle),
        accessLogSettings: accessLog(name, ACCESS_LOG_FIELDS, args.logRetentionDays, parent),
      },
      parent,
    );
    allowInvoke(name, handler, pulumi.interpolate`${api.executionArn}/${args.stage}`, parent);

    this.url = pulumi.interpolate`${api.apiEndpoint}/${args.stage}`;
    this.registerOutputs({ url: this.url });
  }
}
