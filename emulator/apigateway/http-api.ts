import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { applyCors, PREFLIGHT_RESPONSE } from "./cors.ts";
import { authorizeRequest, type HttpRunner } from "./http-authorizer.ts";
import { createHttpEvent, describeRequest, type HttpRequest } from "./http-events.ts";
import { createGatewayResponse, type HttpResponse, parseHttpResponse } from "./http-response.ts";
import { createRequestId } from "./identifiers.ts";
import { createCallFunction, describePayload } from "./integration.ts";
import {
  closeServer,
  listenOnLoopback,
  readBody,
  type ServedApi,
  type ServeOptions,
} from "./loopback-server.ts";
import type { HttpApi, Route } from "./model.ts";
import { createThrottle } from "./throttle.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

const NOT_FOUND = createGatewayResponse(404, "Not Found");
const TOO_LARGE = createGatewayResponse(413, "Request Entity Too Large");
const TOO_MANY_REQUESTS = createGatewayResponse(429, "Too Many Requests");
const INTERNAL_SERVER_ERROR = createGatewayResponse(500, "Internal Server Error");
const SERVICE_UNAVAILABLE = createGatewayResponse(503, "Service Unavailable");

/** Responses when the function returned no payload; AWS does not document the messages, they are observed. */
const FAILURE_RESPONSES = {
  failed: INTERNAL_SERVER_ERROR,
  forbidden: INTERNAL_SERVER_ERROR,
  throttled: SERVICE_UNAVAILABLE,
  "timed-out": SERVICE_UNAVAILABLE,
} as const;

/**
 * Serves an HTTP API at `http://127.0.0.1:{port}/{stage}`.
 * @throws {Error} when a route key is neither `METHOD /path` nor `$default`, or the port is in use.
 */
export async function serveHttpApi(api: HttpApi, options: ServeOptions): Promise<ServedApi> {
  const { clock, report } = options;
  const findRoute = createFindRoute(api);
  const tryConsume = createThrottle(api.throttle, api.routes, clock);
  const runner: HttpRunner = {
    api,
    callFunction: createCallFunction(api.name, options.invoke, report),
    report,
  };

  async function handle(request: IncomingMessage, requestId: string): Promise<HttpResponse> {
    const path = readRoutePath(api, request);
    if (path === undefined) return NOT_FOUND;
    // The gateway responds only to preflights that match no route; `$default` matches them too.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html (section on `$default`)
    const route = findRoute(request.method ?? "GET", path);
    if (!route) return api.cors && request.method === "OPTIONS" ? PREFLIGHT_RESPONSE : NOT_FOUND;
    // Throttling precedes the authorizer.
    // https://repost.aws/questions/QUB-bdxno6Trihvft3QfYcfg/client-api-throttling-in-api-gateway
    if (!tryConsume(route)) return TOO_MANY_REQUESTS;
    const body = await readBody(request, MAX_BODY_BYTES);
    if (!body) return TOO_LARGE;
    const { routeKey } = route;
    return await runRoute(runner, route, {
      request,
      body,
      routeKey,
      routePath: path,
      requestId,
      nowMs: clock.now(),
    });
  }

  const server = createServer((request, response) => {
    const requestId = createRequestId();
    void handle(request, requestId).then(
      (result) => send(response, applyCors(api.cors, request, result), requestId),
      // Fails only when the client disconnects during its request.
      () => response.destroy(),
    );
  });
  // As on AWS, the functions check origins.
  const port = await listenOnLoopback(server, { ...options, origins: "any" });
  return { port, [Symbol.asyncDispose]: () => closeServer(server) };
}

/** Runs the authorizer of the route, if any, and then the integration. */
async function runRoute(runner: HttpRunner, route: Route, request: HttpRequest): Promise<HttpResponse> {
  const described = describeRequest(runner.api, request);
  if (!route.authorizer) return await callRoute(runner, route, createHttpEvent(request, described));
  const decision = await authorizeRequest(runner, route.authorizer, request, described);
  if (!decision.isAuthorized) return decision.response;
  return await callRoute(runner, route, createHttpEvent(request, described, { lambda: decision.context }));
}

async function callRoute(
  { api, callFunction, report }: HttpRunner,
  { routeKey, functionArn, timeoutMs }: Route,
  event: object,
): Promise<HttpResponse> {
  const result = await callFunction(
    { name: routeKey, kind: "integration", timeoutMs },
    {
      functionArn,
      sourceArn: `${api.executionArn}/${api.stage}/${routeKey.replace(" ", "")}`,
      event,
    },
  );
  if (result.outcome !== "returned") return FAILURE_RESPONSES[result.outcome];
  const response = parseHttpResponse(result.payload);
  if (response) return response;
  report(
    `${api.name} ${routeKey}: malformed function response: expected an integer as \`statusCode\`, valid ` +
      `\`headers\` and a string as \`body\`, got ${describePayload(result.payload)}`,
  );
  return INTERNAL_SERVER_ERROR;
}

/** A route selector: the route of the method and path, else `$default`. */
function createFindRoute({ name, routes }: HttpApi): (method: string, path: string) => Route | undefined {
  for (const { routeKey } of routes) {
    if (routeKey !== "$default" && !/^(?!ANY )[A-Z]+ \/[^{}]*$/.test(routeKey)) {
      throw new Error(
        `Expected a route key of ${name} such as \`$default\` or \`POST /path\`, got \`${routeKey}\`. ` +
          "The local gateway does not support `ANY` and path variables.",
      );
    }
  }
  const byKey = new Map(routes.map((route) => [route.routeKey, route]));
  return (method, path) => byKey.get(`${method} ${path}`) ?? byKey.get("$default");
}

/** The path below the stage; `undefined` outside it. `/{stage}` and `/{stage}/` are both `/`. */
function readRoutePath({ stage }: HttpApi, { url = "/" }: IncomingMessage): string | undefined {
  const path = url.split("?", 1)[0] ?? "/";
  if (path === `/${stage}`) return "/";
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : undefined;
}

function send(response: ServerResponse, content: HttpResponse, requestId: string): void {
  const { statusCode, headers, cookies, body } = content;
  response
    .writeHead(statusCode, {
      ...headers,
      ...(cookies.length > 0 && { "set-cookie": [...cookies] }),
      // RFC 9110 forbids Content-Length on 204.
      ...(statusCode !== 204 && { "content-length": body.length }),
      "apigw-requestid": requestId,
    })
    .end(body);
}
