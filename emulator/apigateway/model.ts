/**
 * The API definitions that emulator/program reads from the Pulumi program and this folder serves.
 */

export interface Throttle {
  /** Refill rate of the token bucket, in requests per second. As in API Gateway, 0 rejects every request. */
  readonly rateLimit: number;
  /** Capacity of the token bucket, in requests. */
  readonly burstLimit: number;
}

/** A Lambda authorizer, called before a route's integration. */
export interface Authorizer {
  readonly id: string;
  readonly name: string;
  /** The qualified function ARN in its URI. */
  readonly functionArn: string;
  /** Required headers, in lower case. When one is missing, the function is not called. */
  readonly identityHeaders: readonly string[];
  /** Timeout of the function call, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Route {
  /** `$connect`, `watch`, `$default`; for HTTP `POST /`, `POST /broadcast`, `$default`. */
  readonly routeKey: string;
  /** The qualified function ARN of the integration (`…:function:watch:next`). */
  readonly functionArn: string;
  /** Timeout of the function call, in milliseconds: at most 29,000 (WebSocket) or 30,000 (HTTP). */
  readonly timeoutMs: number;
  /** WebSocket only: a `$default` route response is declared, so the response body is sent to the client. */
  readonly twoWay: boolean;
  /** Without one, the route is public. In a WebSocket API only `$connect` can have one. */
  readonly authorizer?: Authorizer;
  /** Overrides the stage's throttle. */
  readonly throttle?: Throttle;
}

interface Api {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  /** `arn:aws:execute-api:{region}:{account}:{id}`. */
  readonly executionArn: string;
  /** The host name on AWS, `{id}.execute-api.{region}.amazonaws.com`, used in events. */
  readonly domainName: string;
  readonly stage: string;
  readonly throttle: Throttle;
  readonly routes: readonly Route[];
}

export interface WebSocketApi extends Api {
  readonly protocol: "WEBSOCKET";
  /** Path of the body field that selects the route, such as `$request.body.action`. */
  readonly routeSelectionExpression: string;
}

export interface HttpApi extends Api {
  readonly protocol: "HTTP";
  readonly cors?: {
    readonly allowOrigins: readonly string[];
    readonly allowMethods: readonly string[];
    readonly allowHeaders: readonly string[];
    readonly exposeHeaders: readonly string[];
    readonly maxAgeSeconds?: number;
    readonly allowCredentials: boolean;
  };
}

/** One call of a function by the gateway. */
export interface Invocation {
  readonly functionArn: string;
  /** For the resource policy: `{executionArn}/{stage}/{route}` or `{executionArn}/authorizers/{id}`. */
  readonly sourceArn: string;
  readonly event: unknown;
}

export type InvocationResult =
  | { readonly outcome: "returned"; readonly payload: unknown }
  /** The function threw, timed out or crashed: Lambda responds with `FunctionError`. */
  | { readonly outcome: "failed"; readonly message: string; readonly errorType?: string }
  /** No declared permission allows this API to call this function and qualifier. */
  | { readonly outcome: "forbidden"; readonly message: string }
  /** The function's concurrency limit is reached. */
  | { readonly outcome: "throttled"; readonly message: string };

export type Invoke = (invocation: Invocation) => Promise<InvocationResult>;

/** Logs one line for the operator, such as a denied call or a failed function. */
export type Report = (line: string) => void;
