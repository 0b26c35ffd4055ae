import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "./lambda-function.ts";
import { accessLog, allowInvoke, type Throttle, throttlingSettings } from "./stage.ts";

/** `$default` tells whoever comes by another way what to do instead. */
const ROUTES = [
  { routeName: "post", routeKey: "POST /" },
  { routeName: "broadcast", routeKey: "POST /broadcast" },
  { routeName: "default", routeKey: "$default" },
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
  /** The one origin whose pages may call: `https://…`. */
  readonly pageOrigin: pulumi.Input<string>;
  readonly throttle: Throttle;
  readonly logRetentionDays: number;
}

/** The HTTP API that prices are posted to, and notices to everybody. */
export class PublishApi extends pulumi.ComponentResource {
  /** `https://…/{stage}`. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, { handler, ...args }: PublishApiArgs, opts?: pulumi.ComponentResourceOptions) {
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
          allowHeaders: ["content-type"],
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
    for (const { routeName, routeKey } of ROUTES) {
      new aws.apigatewayv2.Route(
        `${name}-${routeName}`,
        { apiId: api.id, routeKey, target: pulumi.interpolate`integrations/${integration.id}` },
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
