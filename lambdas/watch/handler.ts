import type { Context } from "aws-lambda";
import { logger } from "../log.ts";
import { errorMessage } from "../messages.ts";
import { openPorts } from "../open-ports.ts";
import { SUBPROTOCOL } from "../protocol.ts";
import { parseMessage } from "./message.ts";
import { answer, connect, disconnect } from "./watch.ts";

/** What this handler reads of a WebSocket event; `headers` come with `$connect` and `$disconnect` only. */
interface WebSocketEvent {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    /** Milliseconds since 1970. */
    readonly connectedAt: number;
  };
  readonly body?: string;
}

interface WebSocketResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const { ports, pageOrigin } = openPorts();

/** Answers every route of the WebSocket API. */
export async function handler(event: WebSocketEvent, context: Context): Promise<WebSocketResult> {
  const { routeKey, connectionId, connectedAt } = event.requestContext;
  logger.addContext(context);
  logger.appendKeys({ routeKey, connectionId });
  switch (routeKey) {
    case "$connect":
      return await onConnect(event.headers ?? {}, connectionId, new Date(connectedAt));
    case "$disconnect":
      await disconnect(ports, connectionId);
      return { statusCode: 200 };
    default:
      return await onMessage(routeKey, connectionId, event.body ?? "");
  }
}

async function onConnect(
  headers: Readonly<Record<string, string | undefined>>,
  connectionId: string,
  connectedAt: Date,
): Promise<WebSocketResult> {
  const { origin = pageOrigin, "sec-websocket-protocol": offered = "" } = withLowerCaseNames(headers);
  // The same-origin policy does not hold for WebSockets: another site's page could connect as well.
  if (origin !== pageOrigin) return { statusCode: 403 };
  await connect(ports, connectionId, connectedAt);
  const offers = offered.split(",").map((name) => name.trim());
  // A browser that offered a subprotocol fails the connection unless it is echoed.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
  return offers.includes(SUBPROTOCOL)
    ? { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } }
    : { statusCode: 200 };
}

/** A two-way route: what is returned goes to the client, and always with 200, so that API Gateway does pass it on. */
async function onMessage(routeKey: string, connectionId: string, body: string): Promise<WebSocketResult> {
  try {
    const reply = await answer(ports, connectionId, parseMessage(routeKey, body));
    return reply ? { statusCode: 200, body: JSON.stringify(reply) } : { statusCode: 200 };
  } catch (error) {
    logger.error("A message could not be answered", error as Error);
    const reply = errorMessage("internal", "Something went wrong on our side. Send the message again.");
    return { statusCode: 200, body: JSON.stringify(reply) };
  }
}

function withLowerCaseNames(headers: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
