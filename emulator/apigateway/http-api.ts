import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { applyCors, PREFLIGHT_RESPONSE } from "./cors.ts";
import { createGatewayResponse, type HttpResponse, parseHttpResponse } from "./http-answer.ts";
import { authorizeRequest, type HttpRunner } from "./http-authorizer.ts";
import { createHttpEvent, describeRequest, type HttpRequest } from "./http-events.ts";
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

/** What the client hears when a function did not return. AWS documents none of these texts; all are known from practice. */
const FAILURES = {
  failed: INTERNAL_SERVER_ERROR,
  forbidden: INTERNAL_SERVER_ERROR,
  throttled: SERVICE_UNAVAILABLE,
  "timed-out": SERVICE_UNAVAILABLE,
} as const;

/**
 * Serves an HTTP API as API Gateway does, on `http://127.0.0.1:{port}/{stage}`.
 *
 * @throws {Error} when a route key is neither `METHOD /path` nor `$default`, or the port is taken.
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

  async function answer(request: IncomingMessage, requestId: string): Promise<HttpResponse> {
    const path = readRoutePath(api, request);
    if (path === undefined) return NOT_FOUND;
    // A `$default` route catches preflights too; the gateway answers only those that no route catches.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html (section on `$default`)
    const route = findRoute(request.method ?? "GET", path);
    if (!route) return api.cors && request.method === "OPTIONS" ? PREFLIGHT_RESPONSE : NOT_FOUND;
    // A request over the stage's limit does not reach the authorizer.
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
    void answer(request, requestId).then(
      (answered) => send(response, applyCors(api.cors, request, answered), requestId),
      // A request fails only by its client going away in the middle of it.
      () => response.destroy(),
    );
  });
  // The routes' functions judge origins, as on AWS.
  const port = await listenOnLoopback(server, { ...options, origins: "any" });
  return { port, [Symbol.asyncDispose]: () => closeServer(server) };
}

/** Asks the route's authorizer, if it has one, and then its integration. */
async function runRoute(runner: HttpRunner, route: Route, request: HttpRequest): Promise<HttpResponse> {
  const described = describeRequest(runner.api, request);
  if (!route.authorizer) return await callRoute(runner, route, createHttpEvent(request, described));
  const decided = await authorizeRequest(runner, route.authorizer, request, described);
  if (!decided.isAuthorized) return decided.answer;
  return await callRoute(runner, route, createHttpEvent(request, described, { lambda: decided.context }));
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
  if (result.outcome !== "returned") return FAILURES[result.outcome];
  const answer = parseHttpResponse(result.payload);
  if (answer) return answer;
  report(
    `${api.name} ${routeKey}: the function's answer is malformed: expected a whole number as \`statusCode\`, ` +
      `\`headers\` and a string as \`body\`, got ${describePayload(result.payload)}`,
  );
  return INTERNAL_SERVER_ERROR;
}

/** The route of a method and a path: the one that names both, else `$default`. */
function createFindRoute({ name, routes }: HttpApi): (method: string, path: string) => Route | undefined {
  for (const { routeKey } of routes) {
    if (routeKey !== "$default" && !/^(?!ANY )[A-Z]+ \/[^{}]*$/.test(routeKey)) {
      throw new Error(
        `Expected the routes of ${name} to be \`$default\` or like \`POST /path\`, got \`${routeKey}\`: ` +
          "`ANY` and path variables are not served locally.",
      );
    }
  }
  const byKey = new Map(routes.map((route) => [route.routeKey, route]));
  return (method, path) => byKey.get(`${method} ${path}`) ?? byKey.get("$default");
}

/** The path below the stage; `undefined` when it is another stage's. `/{stage}` and `/{stage}/` are both `/`. */
function readRoutePath({ stage }: HttpApi, { url = "/" }: IncomingMessage): string | undefined {
  const path = url.split("?", 1)[0] ?? "/";
  if (path === `/${stage}`) return "/";
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : undefined;
}

function send(response: ServerResponse, answer: HttpResponse, requestId: string): void {
  const { statusCode, headers, cookies, body } = answer;
  response
    .writeHead(statusCode, {
      ...headers,
      ...(cookies.length > 0 && { "set-cookie": [...cookies] }),
      // RFC 9110 forbids a length on 204.
      ...(statusCode !== 204 && { "content-length": body.length }),
      "apigw-requestid": requestId,
    })
    .end(body);
}
