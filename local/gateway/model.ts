/**
 * What API Gateway needs to know of an API, as the Pulumi program declared it. Made by local/program, served by this folder.
 */

export interface Throttle {
  /** Requests a second that the bucket refills with. API Gateway's 0 means: nothing passes. */
  readonly rateLimit: number;
  /** Requests that the bucket holds. */
  readonly burstLimit: number;
}

/** A Lambda that API Gateway asks, before it calls a route's integration, whether the request may pass. */
export interface Authorizer {
  readonly id: string;
  readonly name: string;
  /** The ARN that its URI names: a function's, with its qualifier. */
  readonly functionArn: string;
  /** The headers, in small letters, that a request must carry: without one of them the function is not asked. */
  readonly identityHeaders: readonly string[];
  /** How long the gateway waits for the function, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Route {
  /** `$connect`, `watch`, `$default`; for HTTP `POST /`, `POST /broadcast`, `$default`. */
  readonly routeKey: string;
  /** The ARN that the integration names: a function's, with its qualifier (`…:function:watch:next`). */
  readonly functionArn: string;
  /** How long the gateway waits for the function, in milliseconds: at most 29,000 (WebSocket) or 30,000 (HTTP). */
  readonly timeoutMs: number;
  /** WebSocket only: a `$default` route response is declared, so what the function returns goes to the client. */
  readonly twoWay: boolean;
  /** Decides who may use this route; without one, everybody may. Of a WebSocket API only `$connect` can have one. */
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
  /** The host that AWS would give it, `{id}.execute-api.{region}.amazonaws.com`: what events carry. */
  readonly domainName: string;
  readonly stage: string;
  readonly throttle: Throttle;
  readonly routes: readonly Route[];
}

export interface WebSocketApi extends Api {
  readonly protocol: "WEBSOCKET";
  /** `$request.body.action`: the path of the field that selects the route. */
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
  /** Who asks, for the function's resource policy: `{executionArn}/{stage}/{route}`, or `{executionArn}/authorizers/{id}`. */
  readonly sourceArn: string;
  readonly event: unknown;
}

export type InvocationResult =
  | { readonly outcome: "returned"; readonly payload: unknown }
  /** The function threw, timed out or died: what Lambda answers with `FunctionError`. */
  | { readonly outcome: "failed"; readonly message: string; readonly errorType?: string }
  /** No declared permission lets this API call this function and qualifier. */
  | { readonly outcome: "forbidden"; readonly message: string }
  /** Lambda had no room: its concurrency limit is reached. */
  | { readonly outcome: "throttled"; readonly message: string };

export type Invoke = (invocation: Invocation) => Promise<InvocationResult>;

/** What the gateway has to tell the person who runs it: a refused call, a failed function. One line. */
export type Report = (line: string) => void;
