import type { IncomingMessage, ServerResponse } from "node:http";
import type { Door } from "../permissions/door.ts";
import { createRequestId, isConnectionId } from "./identifiers.ts";
import { readBody, sendJson } from "./loopback-server.ts";
import { type Connection, MAX_MESSAGE_BYTES } from "./web-socket-connection.ts";
import type { Ending } from "./web-socket-events.ts";

/** What `$disconnect` was logged to tell after a `DELETE`; neither code nor words can be chosen. */
const CLOSED_BY_BACKEND: Ending = { code: 1000, reason: "Connection Closed Normally" };

/**
 * The connection id that a request of `@connections` names, decoded; `undefined` when its path is not
 * `/{stage}/@connections/{id}`. Clients may encode `@` and `=`, and the AWS SDKs do encode `=`.
 */
export function parseConnectionsPath(stage: string, path: string): string | undefined {
  const [root, inStage, resource, id, ...rest] = path.split("/").map(decode);
  return root === "" && inStage === stage && resource === "@connections" && id && rest.length === 0
    ? id
    : undefined;
}

export interface ConnectionsEndpoint {
  /** Those whose `$connect` has finished and that are open, by id. */
  readonly connections: ReadonlyMap<string, Connection>;
  /** `arn:aws:execute-api:{region}:{account}:{api}/{stage}`. */
  readonly stageArn: string;
  readonly door: Door;
}

/**
 * Answers `POST`, `GET` and `DELETE` of `@connections`, as the AWS SDKs expect it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 *
 * Whoever is not in `connections` is gone (410), also a connection that is still being established.
 * https://repost.aws/knowledge-center/410-gone-api-gateway
 */
export async function answerConnectionsRequest(
  { connections, stageArn, door }: ConnectionsEndpoint,
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
  const admission = await door.admit(request, body, {
    action: "execute-api:ManageConnections",
    resource: `${stageArn}/${method}/@connections/${connectionId}`,
  });
  if (!admission.admitted) return refuse(response, admission.errorType, admission.message);
  const connection = connections.get(connectionId);
  // One that is closing is gone too, though its client has not yet answered the close frame.
  if (!connection?.isOpen) {
    return refuse(response, "GoneException", "The connection with the provided id no longer exists");
  }
  answer[method](connection, body.toString(), response);
}

const REFUSALS = {
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

/** Answers with an error as AWS services do: SDKs make their exception from the header `x-amzn-ErrorType`. */
export function refuse(response: ServerResponse, errorType: keyof typeof REFUSALS, message: string): void {
  sendJson(
    response,
    REFUSALS[errorType],
    { message },
    {
      "x-amzn-ErrorType": errorType,
      "x-amzn-RequestId": createRequestId(),
    },
  );
}

const answer = {
  /** 200 says that the frame was handed to the socket, not that the client has read it. */
  POST(connection: Connection, text: string, response: ServerResponse): void {
    if (connection.isFull) {
      refuse(response, "LimitExceededException", "The WebSocket client side buffer is full");
      return;
    }
    connection.send(text);
    response.writeHead(200, { "content-length": 0, "x-amzn-RequestId": createRequestId() }).end();
  },

  GET({ facts, lastActiveAtMs }: Connection, _text: string, response: ServerResponse): void {
    sendJson(response, 200, {
      connectedAt: new Date(facts.connectedAtMs).toISOString(),
      identity: facts.identity,
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
