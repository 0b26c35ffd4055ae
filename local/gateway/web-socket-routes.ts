import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import { createRequestId } from "./identifiers.ts";
import { type CallFunction, describePayload, type IntegrationResult } from "./integration.ts";
import type { Report, Route, WebSocketApi } from "./model.ts";
import type { SelectRoute } from "./route-selection.ts";
import type { Admit } from "./throttle.ts";
import { type FunctionAnswer, formatGatewayError, parseFunctionAnswer } from "./web-socket-answer.ts";
import { authorizeConnect } from "./web-socket-authorizer.ts";
import { addAuthorizer } from "./web-socket-authorizer-event.ts";
import type { Connection } from "./web-socket-connection.ts";
import {
  type ConnectEvent,
  type ConnectionFacts,
  createConnectEvent,
  createDisconnectEvent,
  createMessageEvent,
  type Ending,
  type RequestFacts,
} from "./web-socket-events.ts";

/** What running a WebSocket API's routes takes. */
export interface RouteRunner {
  readonly api: WebSocketApi;
  readonly clock: Clock;
  readonly admit: Admit;
  readonly selectRoute: SelectRoute;
  readonly callFunction: CallFunction;
  readonly report: Report;
}

/** What `$connect` decided of a handshake. */
export type Admission =
  /** `connection` is the one that was asked about, with what its authorizer said of it. */
  | { readonly admitted: true; readonly connection: ConnectionFacts; readonly subprotocol?: string }
  | { readonly admitted: false; readonly statusCode: number; readonly body: string };

/**
 * Whether `$connect` lets a handshake in: the function's 2xx does, and so does having no such route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 *
 * Seen on AWS: a function's own 301, 401 or 501 is the handshake's status; a function that throws makes it 502.
 * From the REST gateway responses, taken to hold here too: a timeout makes it 504, a missing permission 500.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 * A function that Lambda throttles makes it 500, as REST APIs were reported to answer: 429 is the gateway's own throttle.
 */
export async function runConnect(
  runner: RouteRunner,
  connection: ConnectionFacts,
  handshake: IncomingMessage,
): Promise<Admission> {
  const route = findRoute(runner, "$connect");
  if (!route) return { admitted: true, connection };
  const request = createRequest(runner);
  const refuse = (statusCode: number, message: Parameters<typeof formatGatewayError>[0]): Admission => ({
    admitted: false,
    statusCode,
    body: formatGatewayError(message, connection.id, request.requestId),
  });
  // A request over the stage's limit does not reach the authorizer.
  // https://repost.aws/questions/QUB-bdxno6Trihvft3QfYcfg/client-api-throttling-in-api-gateway
  if (!runner.admit(route)) return refuse(429, "Too Many Requests");
  const event = createConnectEvent(runner.api, connection, handshake, request);
  if (!route.authorizer) return await askConnect(runner, route, connection, event, refuse);
  const decided = await authorizeConnect(runner, route.authorizer, handshake, event);
  if (!decided.isAuthorized) return refuse(decided.statusCode, decided.message);
  const authorized = { ...connection, authorizer: decided.context };
  return await askConnect(
    runner,
    route,
    authorized,
    addAuthorizer(event, decided.context, decided.latencyMs),
    refuse,
  );
}

/** What the function of `$connect` says. */
async function askConnect(
  runner: RouteRunner,
  route: Route,
  connection: ConnectionFacts,
  event: ConnectEvent,
  refuse: (statusCode: number, message: "Internal server error") => Admission,
): Promise<Admission> {
  const result = await call(runner, route, event);
  if (result.outcome !== "returned") return refuse(CONNECT_STATUS[result.outcome], "Internal server error");
  const answer = readAnswer(runner, route, result);
  if (!answer) return refuse(502, "Internal server error");
  const { statusCode, subprotocol } = answer;
  if (statusCode < 200 || statusCode > 299) return { admitted: false, statusCode, body: "" };
  return { admitted: true, connection, ...(subprotocol !== undefined && { subprotocol }) };
}

const CONNECT_STATUS = { failed: 502, forbidden: 500, throttled: 500, "timed-out": 504 } as const;

/**
 * Runs a message's route, and sends the client what it is to hear: of a two-way route the answer's body, whatever its
 * status; of any route the gateway's own error. A one-way route says nothing, and neither does an answer without a body
 * (AWS does not document what that sends).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
export async function runMessage(runner: RouteRunner, connection: Connection, body: string): Promise<void> {
  const request = createRequest(runner);
  const sendError = (message: Parameters<typeof formatGatewayError>[0]): void =>
    connection.send(formatGatewayError(message, connection.facts.id, request.requestId));
  const route = runner.selectRoute(body);
  if (!route) return sendError("Forbidden");
  if (!runner.admit(route)) return sendError("Too Many Requests");
  const event = createMessageEvent(runner.api, connection.facts, route.routeKey, body, request);
  const answer = readAnswer(runner, route, await call(runner, route, event));
  if (!answer) return sendError("Internal server error");
  if (route.twoWay && answer.body) connection.send(answer.body);
}

/** Tells the `$disconnect` route, if there is one; nobody is left to hear of its failure. Not throttled: it is no request. */
export async function runDisconnect(
  runner: RouteRunner,
  connection: ConnectionFacts,
  ending: Ending,
): Promise<void> {
  const route = findRoute(runner, "$disconnect");
  if (!route) return;
  const event = createDisconnectEvent(runner.api, connection, ending, createRequest(runner));
  await call(runner, route, event);
}

function findRoute({ api }: RouteRunner, routeKey: string): Route | undefined {
  return api.routes.find((route) => route.routeKey === routeKey);
}

function createRequest({ clock }: RouteRunner): RequestFacts {
  return { requestId: createRequestId(), nowMs: clock.now() };
}

function call({ api, callFunction }: RouteRunner, route: Route, event: object): Promise<IntegrationResult> {
  const { routeKey, functionArn, timeoutMs } = route;
  return callFunction(
    { name: routeKey, kind: "integration", timeoutMs },
    { functionArn, sourceArn: `${api.executionArn}/${api.stage}/${routeKey}`, event },
  );
}

/** The function's answer; `undefined` when there is none or it is malformed, which is then reported. */
function readAnswer(
  { api, report }: RouteRunner,
  { routeKey }: Route,
  result: IntegrationResult,
): FunctionAnswer | undefined {
  if (result.outcome !== "returned") return undefined;
  const answer = parseFunctionAnswer(result.payload);
  if (!answer) {
    report(
      `${api.name} ${routeKey}: the function's answer is malformed: expected an object with a whole number as ` +
        `\`statusCode\` and, if any, a string as \`body\`, got ${describePayload(result.payload)}`,
    );
  }
  return answer;
}
