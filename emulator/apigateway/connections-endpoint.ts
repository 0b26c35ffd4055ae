import type { IncomingMessage, ServerResponse } from "node:http";
import type { AuthProxy } from "../iam/auth-proxy.ts";
import { createRequestId, isConnectionId } from "./identifiers.ts";
import { readBody, sendJson } from "./loopback-server.ts";
import { type Connection, MAX_MESSAGE_BYTES } from "./web-socket-connection.ts";
import type { CloseReason } from "./web-socket-events.ts";

/** Code and reason that AWS logs show in `$disconnect` after a `DELETE`. */
const CLOSED_BY_BACKEND: CloseReason = { code: 1000, reason: "Connection Closed Normally" };

/**
 * The decoded connection id of an `@connections` path; `undefined` when the path is not
 * `/{stage}/@connections/{id}`. Clients may percent-encode `@` and `=`; the AWS SDKs encode `=`.
 */
export function parseConnectionsPath(stage: string, path: string): string | undefined {
  const [root, pathStage, resource, id, ...rest] = path.split("/").map(decode);
  return root === "" && pathStage === stage && resource === "@connections" && id && rest.length === 0
    ? id
    : undefined;
}

export interface ConnectionsEndpoint {
  /** By id: the open connections whose `$connect` has completed. */
  readonly connections: ReadonlyMap<string, Connection>;
  /** `arn:aws:execute-api:{region}:{account}:{api}/{stage}`. */
  readonly stageArn: string;
  readonly authProxy: AuthProxy;
}

/**
 * Handles `POST`, `GET` and `DELETE` on `@connections`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 *
 * A connection that is not in `connections` is 410, including one whose `$connect` is still running.
 * https://repost.aws/knowledge-center/410-gone-api-gateway
 */
export async function handleConnectionsRequest(
  { connections, stageArn, authProxy }: ConnectionsEndpoint,
  connectionId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isConnectionId(connectionId)) {
    return refuse(response, "BadRequestException", `Invalid connectionId: ${connectionId}`);
  }
  const { method } = request;
  if (method !== "POST" && method !== "GET" && method !== "DELETE") {
    return refuse(response, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const body = await readBody(request, MAX_MESSAGE_BYTES);
  if (!body) {
    return refuse(response, "PayloadTooLargeException", `Expected at most ${MAX_MESSAGE_BYTES} bytes`);
  }
  const result = await authProxy.authorizeRequest(request, body, {
    action: "execute-api:ManageConnections",
    resource: `${stageArn}/${method}/@connections/${connectionId}`,
  });
  if (!result.allowed) return refuse(response, result.errorType, result.message);
  const connection = connections.get(connectionId);
  // Also 410 while closing, before the client has acknowledged the close frame.
  if (!connection?.isOpen) {
    return refuse(response, "GoneException", "The connection with the provided id no longer exists");
  }
  handlers[method](connection, body.toString(), response);
}

const STATUS = {
  BadRequestException: 400,
  AccessDeniedException: 403,
  ForbiddenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  GoneException: 410,
  PayloadTooLargeException: 413,
  LimitExceededException: 429,
} as const;

/** Sends an AWS service error; SDKs select the exception class by the header `x-amzn-ErrorType`. */
export function refuse(response: ServerResponse, errorType: keyof typeof STATUS, message: string): void {
  sendJson(
    response,
    STATUS[errorType],
    { message },
    {
      "x-amzn-ErrorType": errorType,
      "x-amzn-RequestId": createRequestId(),
    },
  );
}

const handlers = {
  /** 200 means that the frame was written to the socket, not that the client has read it. */
  POST(connection: Connection, text: string, response: ServerResponse): void {
    if (connection.isFull) {
      refuse(response, "LimitExceededException", "The WebSocket client side buffer is full");
      return;
    }
    connection.send(text);
    response.writeHead(200, { "content-length": 0, "x-amzn-RequestId": createRequestId() }).end();
  },

  GET({ details, lastActiveAtMs }: Connection, _text: string, response: ServerResponse): void {
    sendJson(response, 200, {
      connectedAt: new Date(details.connectedAtMs).toISOString(),
      identity: details.identity,
      lastActiveAt: new Date(lastActiveAtMs).toISOString(),
    });
  },

  DELETE(connection: Connection, _text: string, response: ServerResponse): void {
    connection.end(CLOSED_BY_BACKEND);
    response.writeHead(204, { "x-amzn-RequestId": createRequestId() }).end();
  },
};

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
