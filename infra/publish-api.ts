import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "./lambda-function.ts";
import { accessLog, allowAuthorizer, allowInvoke, type Throttle, throttlingSettings } from "./stage.ts";

/** Who may come by a route: whoever has a token, everybody, or as the stack is configured. */
type RouteAccess = "token" | "open" | "configured";

/** `$default` tells whoever comes by another way what to do instead. */
const ROUTES: readonly { routeName: string; routeKey: string; access: RouteAccess }[] = [
  { routeName: "post", routeKey: "POST /", access: "configured" },
  { routeName: "broadcast", routeKey: "POST /broadcast", access: "token" },
  { routeName: "default", routeKey: "$default", access: "open" },
];

/** API Gateway's longest for an HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
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
  /** Answers every route. */
  readonly handler: LambdaFunction;
  /** Says by a request's token whether it may come in. */
  readonly authorizer: LambdaFunction;
  /** Who may publish prices: whoever has a token, or everybody. */
  readonly access: "token" | "open";
  /** The one origin whose pages may call: `https://…`. */
  readonly pageOrigin: pulumi.Input<string>;
  readonly throttle: Throttle;
  readonly logRetentionDays: number;
}

/** The HTTP API that prices are posted to, and notices to everybody. */
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
        // Left out it is 300 s, in which a token outlives its end, and what it says of one route holds for the others.
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
          // Said out loud: left out of an update, AWS keeps what was there before.
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
