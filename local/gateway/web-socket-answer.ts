/** What a WebSocket route's function answers, as Lambda proxy integrations want it. */
export interface FunctionAnswer {
  readonly statusCode: number;
  readonly body?: string;
  /** The subprotocol that `$connect` chose: the answer's header `Sec-WebSocket-Protocol`. */
  readonly subprotocol?: string;
}

/**
 * The function's answer, or `undefined` when it is malformed: it must be an object with a whole number as `statusCode`,
 * and a `body`, if any, that is a string.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (output format)
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
 */
export function parseFunctionAnswer(payload: unknown): FunctionAnswer | undefined {
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
 * The text of an answer that the gateway itself gives on a socket, or instead of one.
 *
 * AWS documents no such text; this is, spaces included, what clients have logged:
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
