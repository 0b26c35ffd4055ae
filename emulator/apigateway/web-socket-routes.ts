import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import { createRequestId } from "./identifiers.ts";
import { type CallFunction, describePayload, type IntegrationResult } from "./integration.ts";
import type { Report, Route, WebSocketApi } from "./model.ts";
import type { SelectRoute } from "./route-selection.ts";
import type { TryConsume } from "./throttle.ts";
import { authorizeConnect } from "./web-socket-authorizer.ts";
import { addAuthorizer } from "./web-socket-authorizer-event.ts";
import type { Connection } from "./web-socket-connection.ts";
import {
  type CloseReason,
  type ConnectEvent,
  type ConnectionDetails,
  createConnectEvent,
  createDisconnectEvent,
  createMessageEvent,
  type RequestDetails,
} from "./web-socket-events.ts";
import { type FunctionResponse, formatGatewayError, parseFunctionResponse } from "./web-socket-response.ts";

/** The dependencies for running the routes of a WebSocket API. */
export interface RouteRunner {
  readonly api: WebSocketApi;
  readonly clock: Clock;
  readonly tryConsume: TryConsume;
  readonly selectRoute: SelectRoute;
  readonly callFunction: CallFunction;
  readonly report: Report;
}

/** The result of `$connect` for a handshake. */
export type ConnectResult =
  /** `connection` includes the authorizer context, if any. */
  | { readonly accepted: true; readonly connection: ConnectionDetails; readonly subprotocol?: string }
  | { readonly accepted: false; readonly statusCode: number; readonly body: string };

/**
 * Accepts the handshake when the `$connect` function returns 2xx, or when the API has no such route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 *
 * Observed on AWS: any other status of the function becomes the handshake status; a function that throws is
 * 502. Assumed from REST APIs: a timeout is 504; a missing permission or throttling by Lambda is 500.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export async function runConnect(
  runner: RouteRunner,
  connection: ConnectionDetails,
  handshake: IncomingMessage,
): Promise<ConnectResult> {
  const route = findRoute(runner, "$connect");
  if (!route) return { accepted: true, connection };
  const request = createRequest(runner);
  const refuse = (statusCode: number, message: Parameters<typeof formatGatewayError>[0]): ConnectResult => ({
    accepted: false,
    statusCode,
    body: formatGatewayError(message, connection.id, request.requestId),
  });
  // Throttling precedes the authorizer.
  // https://repost.aws/questions/QUB-bdxno6Trihvft3QfYcfg/client-api-throttling-in-api-gateway
  if (!runner.tryConsume(route)) return refuse(429, "Too Many Requests");
  const event = createConnectEvent(runner.api, connection, handshake, request);
  if (!route.authorizer) return await callConnect(runner, route, connection, event, refuse);
  const authorization = await authorizeConnect(runner, route.authorizer, handshake, event);
  if (!authorization.isAuthorized) return refuse(authorization.statusCode, authorization.message);
  const { context, latencyMs } = authorization;
  const authorized = { ...connection, authorizer: context };
  const authorizedEvent = addAuthorizer(event, context, latencyMs);
  return await callConnect(runner, route, authorized, authorizedEvent, refuse);
}

async function callConnect(
  runner: RouteRunner,
  route: Route,
  connection: ConnectionDetails,
  event: ConnectEvent,
  refuse: (statusCode: number, message: "Internal server error") => ConnectResult,
): Promise<ConnectResult> {
  const result = await call(runner, route, event);
  if (result.outcome !== "returned") return refuse(CONNECT_STATUS[result.outcome], "Internal server error");
  const response = readResponse(runner, route, result);
  if (!response) return refuse(502, "Internal server error");
  const { statusCode, subprotocol } = response;
  if (statusCode < 200 || statusCode > 299) return { accepted: false, statusCode, body: "" };
  return { accepted: true, connection, ...(subprotocol !== undefined && { subprotocol }) };
}

const CONNECT_STATUS = { failed: 502, forbidden: 500, throttled: 500, "timed-out": 504 } as const;

/**
 * Runs the route of a message and sends the client the response body of a two-way route, for any status code,
 * or a gateway error. Sends nothing for an empty body, which AWS does not document.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
export async function runMessage(runner: RouteRunner, connection: Connection, body: string): Promise<void> {
  const request = createRequest(runner);
  const sendError = (message: Parameters<typeof formatGatewayError>[0]): void =>
    connection.send(formatGatewayError(message, connection.details.id, request.requestId));
  const route = runner.selectRoute(body);
  if (!route) return sendError("Forbidden");
  if (!runner.tryConsume(route)) return sendError("Too Many Requests");
  const event = createMessageEvent(runner.api, connection.details, route.routeKey, body, request);
  const response = readResponse(runner, route, await call(runner, route, event));
  if (!response) return sendError("Internal server error");
  if (route.twoWay && response.body) connection.send(response.body);
}

/** Runs the `$disconnect` route, if declared. Not throttled, because it is not a client request. */
export async function runDisconnect(
  runner: RouteRunner,
  connection: ConnectionDetails,
  closeReason: CloseReason,
): Promise<void> {
  const route = findRoute(runner, "$disconnect");
  if (!route) return;
  const event = createDisconnectEvent(runner.api, connection, closeReason, createRequest(runner));
  await call(runner, route, event);
}

function findRoute({ api }: RouteRunner, routeKey: string): Route | undefined {
  return api.routes.find((route) => route.routeKey === routeKey);
}

function createRequest({ clock }: RouteRunner): RequestDetails {
  return { requestId: createRequestId(), nowMs: clock.now() };
}

function call({ api, callFunction }: RouteRunner, route: Route, event: object): Promise<IntegrationResult> {
  const { routeKey, functionArn, timeoutMs } = route;
  return callFunction(
    { name: routeKey, kind: "integration", timeoutMs },
    { functionArn, sourceArn: `${api.executionArn}/${api.stage}/${routeKey}`, event },
  );
}

/** The function's response; `undefined` when the call failed or the response is malformed (reported). */
function readResponse(
  { api, report }: RouteRunner,
  { routeKey }: Route,
  result: IntegrationResult,
): FunctionResponse | undefined {
  if (result.outcome !== "returned") return undefined;
  const response = parseFunctionResponse(result.payload);
  if (!response) {
    report(
      `${api.name} ${routeKey}: malformed function response: expected an integer as \`statusCode\` and a ` +
        `string, if any, as \`body\`, got ${describePayload(result.payload)}`,
    );
  }
  return response;
}
