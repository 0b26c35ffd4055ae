import type {
  Authorizer,
  HttpApi,
  Invocation,
  InvocationResult,
  Invoke,
  Route,
  WebSocketApi,
} from "#emulator/apigateway/model.ts";

const THROTTLE = { rateLimit: 1_000_000, burstLimit: 1_000_000 };

/** A one-way route to a function named after it, with a timeout of 29 s. */
export function createRoute(routeKey: string, overrides: Partial<Route> = {}): Route {
  return { routeKey, functionArn: functionArn(routeKey), timeoutMs: 29_000, twoWay: false, ...overrides };
}

/** An authorizer that requires `identityHeaders` and calls the stub `authorize`, with a timeout of 10 s. */
export function createAuthorizer(
  identityHeaders: readonly string[],
  overrides: Partial<Authorizer> = {},
): Authorizer {
  return {
    id: "k1l2m3",
    name: "authorizer",
    functionArn: functionArn("authorize"),
    identityHeaders,
    timeoutMs: 10_000,
    ...overrides,
  };
}

/** The WebSocket API of the fixtures, with the given routes. */
export function createWebSocketApi(
  routes: readonly Route[],
  overrides: Partial<WebSocketApi> = {},
): WebSocketApi {
  return {
    protocol: "WEBSOCKET",
    ...createApi("a1b2c3d4e5", "stock-watch"),
    routeSelectionExpression: "$request.body.action",
    routes,
    ...overrides,
  };
}

/** The HTTP API of the fixtures, with the given routes. */
export function createHttpApi(routes: readonly Route[], overrides: Partial<HttpApi> = {}): HttpApi {
  return { protocol: "HTTP", ...createApi("f6g7h8i9j0", "stock-publish"), routes, ...overrides };
}

/** Stub of a route's function; returns a payload or an {@link InvocationResult}. */
export type Stub = (event: ReceivedEvent, invocation: Invocation) => unknown;

/** The event fields that tests read. */
export interface ReceivedEvent {
  readonly requestContext: { readonly connectionId: string; readonly requestId: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * An `invoke` that calls stubs by route key and records each invocation. A stub that throws becomes the
 * outcome `failed`.
 * @throws {Error} for a function without a stub.
 */
export function createInvoke(stubs: Readonly<Record<string, Stub>>): Invoke & { calls: Invocation[] } {
  const calls: Invocation[] = [];
  const invoke = async (invocation: Invocation): Promise<InvocationResult> => {
    calls.push(invocation);
    const stub = Object.entries(stubs).find(
      ([routeKey]) => functionArn(routeKey) === invocation.functionArn,
    )?.[1];
    if (!stub) throw new Error(`Expected a stub for ${invocation.functionArn}, got none.`);
    try {
      const payload = await stub(invocation.event as ReceivedEvent, invocation);
      return isResult(payload) ? payload : { outcome: "returned", payload };
    } catch (error) {
      return { outcome: "failed", message: String(error) };
    }
  };
  return Object.assign(invoke, { calls });
}

function createApi(id: string, name: string) {
  return {
    id,
    name,
    region: "us-east-1",
    accountId: "123456789012",
    executionArn: `arn:aws:execute-api:us-east-1:123456789012:${id}`,
    domainName: `${id}.execute-api.us-east-1.amazonaws.com`,
    stage: "development",
    throttle: THROTTLE,
  };
}

function functionArn(routeKey: string): string {
  return `arn:aws:lambda:us-east-1:123456789012:function:${routeKey.replaceAll(/[^A-Za-z]/g, "_")}:next`;
}

function isResult(payload: unknown): payload is InvocationResult {
  return typeof payload === "object" && payload !== null && "outcome" in payload;
}
