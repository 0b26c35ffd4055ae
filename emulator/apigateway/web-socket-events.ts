import type { IncomingMessage } from "node:http";
import { createRequestId, createTraceId } from "./identifiers.ts";
import { readSourceIp } from "./loopback-server.ts";
import type { WebSocketApi } from "./model.ts";
import { formatRequestTime } from "./request-time.ts";

/** The client, in the format of events and `GET @connections`. */
export interface ClientIdentity {
  readonly sourceIp: string;
  /** Only when the client sent one. */
  readonly userAgent?: string;
}

/** The constant properties of a connection. */
export interface ConnectionDetails {
  readonly id: string;
  readonly connectedAtMs: number;
  /** The `Host` of the handshake, or the domain name of the API. */
  readonly domainName: string;
  readonly identity: ClientIdentity;
  /** Only when `$connect` has an authorizer. */
  readonly authorizer?: AuthorizerContext;
}

/** The authorizer's `context`, including its `principalId`. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** WebSocket close code and reason. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** Request id and time of a function call. */
export interface RequestDetails {
  readonly requestId: string;
  readonly nowMs: number;
}

export function readIdentity(request: IncomingMessage): ClientIdentity {
  const userAgent = request.headers["user-agent"];
  return { sourceIp: readSourceIp(request), ...(userAgent !== undefined && { userAgent }) };
}

/** The `$connect` event, without the authorizer context. */
export interface ConnectEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly isBase64Encoded: false;
}

/** The `$connect` event. It has query fields only when the handshake has a query. */
export function createConnectEvent(
  api: WebSocketApi,
  connection: ConnectionDetails,
  handshake: IncomingMessage,
  request: RequestDetails,
): ConnectEvent {
  const multiValueHeaders = readHeaders(connection, handshake, request.nowMs);
  const query = readQuery(handshake);
  return {
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    ...(query && { queryStringParameters: lastValues(query), multiValueQueryStringParameters: query }),
    requestContext: createContext(api, connection, request, "$connect", { eventType: "CONNECT" }),
    isBase64Encoded: false,
  };
}

/** The event of a message, which has no headers. */
export function createMessageEvent(
  api: WebSocketApi,
  connection: ConnectionDetails,
  routeKey: string,
  body: string,
  request: RequestDetails,
): object {
  return {
    requestContext: createContext(api, connection, request, routeKey, {
      eventType: "MESSAGE",
      messageId: createRequestId(),
    }),
    body,
    isBase64Encoded: false,
  };
}

/** The `$disconnect` event, with the same four headers as on AWS. */
export function createDisconnectEvent(
  api: WebSocketApi,
  connection: ConnectionDetails,
  closeReason: CloseReason,
  request: RequestDetails,
): object {
  const headers = { Host: connection.domainName, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" };
  return {
    headers,
    multiValueHeaders: toLists(headers),
    requestContext: createContext(api, connection, request, "$disconnect", {
      eventType: "DISCONNECT",
      disconnectStatusCode: closeReason.code,
      disconnectReason: closeReason.reason,
    }),
    isBase64Encoded: false,
  };
}

function createContext(
  api: WebSocketApi,
  connection: ConnectionDetails,
  { requestId, nowMs }: RequestDetails,
  routeKey: string,
  eventFields: object,
): Record<string, unknown> {
  return {
    routeKey,
    // Observed in messages: https://github.com/MousaZeidBaker/aws-lambda-typing/pull/65
    // Reported for all routes: https://github.com/dherault/serverless-offline/issues/1379
    ...(connection.authorizer && { authorizer: connection.authorizer }),
    ...eventFields,
    extendedRequestId: requestId,
    requestTime: formatRequestTime(nowMs),
    messageDirection: "IN",
    stage: api.stage,
    connectedAt: connection.connectedAtMs,
    requestTimeEpoch: nowMs,
    identity: connection.identity,
    requestId,
    domainName: connection.domainName,
    connectionId: connection.id,
    apiId: api.id,
  };
}

/** All headers with all values, except `Connection` and `Upgrade`, which are hop-by-hop. */
function readHeaders(
  { domainName }: ConnectionDetails,
  request: IncomingMessage,
  nowMs: number,
): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values && name !== "connection" && name !== "upgrade") headers[toCanonicalName(name)] = values;
  }
  const forwardedFor = [...(headers["X-Forwarded-For"] ?? []), readSourceIp(request)].join(", ");
  return {
    ...headers,
    Host: [domainName],
    "X-Amzn-Trace-Id": [createTraceId(nowMs)],
    "X-Forwarded-For": [forwardedFor],
    // As on AWS, because handlers can build URLs from these.
    "X-Forwarded-Port": ["443"],
    "X-Forwarded-Proto": ["https"],
  };
}

/** `sec-websocket-key` → `Sec-WebSocket-Key`, as browsers send it; other clients use lower case. */
function toCanonicalName(name: string): string {
  return name
    .replaceAll(/(?<=^|-)[a-z]/g, (initial) => initial.toUpperCase())
    .replace("Websocket", "WebSocket");
}

function readQuery(request: IncomingMessage): Record<string, string[]> | undefined {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URL(request.url ?? "/", "http://localhost").searchParams) {
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  return query.size > 0 ? Object.fromEntries(query) : undefined;
}

/** As on AWS, single-value fields contain the last value. */
function lastValues(lists: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? ""]));
}

/** Each value as a list of one. */
export function toLists(values: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}
