/** The response of a WebSocket route's Lambda proxy integration. */
export interface FunctionResponse {
  readonly statusCode: number;
  readonly body?: string;
  /** The subprotocol that `$connect` selected in the header `Sec-WebSocket-Protocol`. */
  readonly subprotocol?: string;
}

/**
 * The parsed response; `undefined` unless `statusCode` is an integer from 100 to 599 and `body` is a string
 * or absent.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (output format)
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
 */
export function parseFunctionResponse(payload: unknown): FunctionResponse | undefined {
  if (!isObject(payload)) return undefined;
  const { statusCode, body, headers, multiValueHeaders } = payload;
  if (typeof statusCode !== "number" || !Number.isInteger(statusCode)) return undefined;
  if (statusCode < 100 || statusCode > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== "string") return undefined;
  const subprotocol = findSubprotocol(headers) ?? findSubprotocol(multiValueHeaders);
  return {
    statusCode,
    ...(typeof body === "string" && { body }),
    ...(subprotocol !== undefined && { subprotocol }),
  };
}

/**
 * The body of a gateway error, sent as a message or as the response to a refused handshake.
 *
 * AWS does not document the format; this is the one in client logs, including the spaces:
 * `{"message": "Internal server error", "connectionId":"Qyi07eCbtjMCJKw=", "requestId":"Qyi3UG41tjMFlUg="}`.
 */
export function formatGatewayError(
  message: "Unauthorized" | "Forbidden" | "Too Many Requests" | "Internal server error",
  connectionId: string,
  requestId: string,
): string {
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
}

function findSubprotocol(headers: unknown): string | undefined {
  if (!isObject(headers)) return undefined;
  const value = Object.entries(headers).find(
    ([name]) => name.toLowerCase() === "sec-websocket-protocol",
  )?.[1];
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
