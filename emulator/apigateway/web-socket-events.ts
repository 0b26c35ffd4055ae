import type { IncomingMessage } from "node:http";
import { createRequestId, createTraceId } from "./identifiers.ts";
import { readSourceIp } from "./loopback-server.ts";
import type { WebSocketApi } from "./model.ts";
import { formatRequestTime } from "./request-time.ts";

/** Who is at the other end, as events and `GET @connections` show it. */
export interface ClientIdentity {
  readonly sourceIp: string;
  /** Only when the client sent one. */
  readonly userAgent?: string;
}

/** What stays the same for as long as a connection lives. */
export interface ConnectionDetails {
  readonly id: string;
  readonly connectedAtMs: number;
  /** The host that the client connected to. */
  readonly domainName: string;
  readonly identity: ClientIdentity;
  /** Only when `$connect` has an authorizer. */
  readonly authorizer?: AuthorizerContext;
}

/** What an authorizer said of a connection: its `context` and its `principalId`. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** How a connection ended: the close code, and the words that go with it. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** What one call of a function carries besides its event's own fields. */
export interface RequestDetails {
  readonly requestId: string;
  readonly nowMs: number;
}

export function readIdentity(request: IncomingMessage): ClientIdentity {
  const userAgent = request.headers["user-agent"];
  return { sourceIp: readSourceIp(request), ...(userAgent !== undefined && { userAgent }) };
}

/** The event of `$connect`, as far as its authorizer has not yet added to it. */
export interface ConnectEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly isBase64Encoded: false;
}

/** The event of `$connect`. The query's fields are there only when there is a query. */
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

/** The event of a message: without headers. */
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

/** The event of `$disconnect`, with the four odd headers that AWS sends. */
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
  ofItsKind: object,
): Record<string, unknown> {
  return {
    routeKey,
    // Messages were seen to carry it: https://github.com/MousaZeidBaker/aws-lambda-typing/pull/65
    // All routes were reported to: https://github.com/dherault/serverless-offline/issues/1379
    ...(connection.authorizer && { authorizer: connection.authorizer }),
    ...ofItsKind,
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

/** Every header with all its values; `Connection` and `Upgrade` end at the gateway. */
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
    // What AWS's own door is: a handler that builds URLs from these must see what it will see there.
    "X-Forwarded-Port": ["443"],
    "X-Forwarded-Proto": ["https"],
  };
}

/** `sec-websocket-key` → `Sec-WebSocket-Key`: browsers send them so, other clients (Node's own) in small letters. */
function toCanonicalName(name: string): string {
  return name
    .replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase())
    .replace("Websocket", "WebSocket");
}

function readQuery(request: IncomingMessage): Record<string, string[]> | undefined {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URL(request.url ?? "/", "http://localhost").searchParams) {
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  return query.size > 0 ? Object.fromEntries(query) : undefined;
}

/** AWS gives the last of several values in the single-value fields. */
function lastValues(lists: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? ""]));
}

/** Every value as the only one of its list. */
export function toLists(values: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}
