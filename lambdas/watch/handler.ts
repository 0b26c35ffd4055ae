import type { Context } from "aws-lambda";
import { SUBPROTOCOL } from "#protocol/messages.ts";
import { withinInvocation } from "../deadline.ts";
import { errorMessage } from "../delivery/messages.ts";
import { logger } from "../log.ts";
import { openConnections, openSubscriptions, readPageOrigin } from "../open-ports.ts";
import { acceptsOrigin } from "../origin.ts";
import { parseMessage } from "./message.ts";
import { readUserAccess } from "./user-access.ts";
import { answer, connect, disconnect } from "./watch.ts";

/** The fields read from a WebSocket event; `headers` exist on `$connect` and `$disconnect` only. */
interface WebSocketEvent {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    /** Milliseconds since 1970. */
    readonly connectedAt: number;
    /** The host that the client connected to. */
    readonly domainName?: string;
    /** The authorizer context of `$connect`, where the API has an authorizer. */
    readonly authorizer?: { readonly userId?: string };
  };
  readonly body?: string;
}

interface WebSocketResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const ports = { subscriptions: openSubscriptions(), connections: openConnections() };
const pageOrigin = readPageOrigin();
const userAccess = readUserAccess();

/** Handles every route of the WebSocket API. */
export async function handler(event: WebSocketEvent, context: Context): Promise<WebSocketResult> {
  const { routeKey, connectionId, connectedAt, domainName, authorizer } = event.requestContext;
  logger.addContext(context);
  logger.appendKeys({ routeKey, connectionId });
  switch (routeKey) {
    case "$connect":
      return await onConnect(event.headers ?? {}, domainName, connectionId, new Date(connectedAt));
    case "$disconnect":
      await disconnect(ports, connectionId);
      return { statusCode: 200 };
    default:
      return await withinInvocation(context, () =>
        onMessage(routeKey, connectionId, event.body ?? "", authorizer?.userId),
      );
  }
}

async function onConnect(
  headers: Readonly<Record<string, string | undefined>>,
  ownHost: string | undefined,
  connectionId: string,
  connectedAt: Date,
): Promise<WebSocketResult> {
  const { origin, "sec-websocket-protocol": offered = "" } = withLowerCaseNames(headers);
  // The same-origin policy does not cover WebSockets: pages of other sites could connect.
  if (!acceptsOrigin(origin, { pageOrigin, ownHost })) return { statusCode: 403 };
  await connect(ports, connectionId, connectedAt);
  const offers = offered.split(",").map((name) => name.trim());
  // A browser that offered a subprotocol fails the connection unless it is echoed.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
  return offers.includes(SUBPROTOCOL)
    ? { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } }
    : { statusCode: 200 };
}

/** A two-way route: API Gateway sends the returned body to the client, but only with status 200. */
async function onMessage(
  routeKey: string,
  connectionId: string,
  body: string,
  tokenUser: string | undefined,
): Promise<WebSocketResult> {
  const message = parseMessage(routeKey, body);
  try {
    const access = { ...userAccess, ...(tokenUser !== undefined && { tokenUser }) };
    const reply = await answer(ports, connectionId, message, access);
    return reply ? { statusCode: 200, body: JSON.stringify(reply) } : { statusCode: 200 };
  } catch (error) {
    logger.error("WebSocket message failed", error as Error);
    const reply = errorMessage("internal", "Something went wrong on our side. Send the message again.");
    const { requestName: request } = message;
    return { statusCode: 200, body: JSON.stringify({ ...reply, ...(request !== undefined && { request }) }) };
  }
}

function withLowerCaseNames(headers: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
