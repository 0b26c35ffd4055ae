import type { IncomingMessage } from "node:http";
import { type AuthorizerContext, type ConnectEvent, toLists } from "./web-socket-events.ts";

/**
 * The event of `$connect` after its authorizer: it alone is told how long that took, as an event of AWS's shows.
 * https://github.com/MousaZeidBaker/aws-lambda-typing/pull/65
 */
export function addAuthorizer(
  event: ConnectEvent,
  context: AuthorizerContext,
  latencyMs: number,
): ConnectEvent {
  const authorizer = { ...context, integrationLatency: latencyMs };
  return { ...event, requestContext: { ...event.requestContext, authorizer } };
}

/**
 * The event of the authorizer of `$connect`. It sees the headers that end at the gateway too; without a query it has, as
 * that of REST APIs, empty fields.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export function createAuthorizerEvent(
  methodArn: string,
  handshake: IncomingMessage,
  { headers, multiValueHeaders, requestContext, ...query }: ConnectEvent,
): object {
  const { connection = "upgrade", upgrade = "websocket" } = handshake.headers;
  const ending = { Connection: connection, "content-length": "0", Upgrade: upgrade };
  return {
    type: "REQUEST",
    methodArn,
    headers: { ...headers, ...ending },
    multiValueHeaders: { ...multiValueHeaders, ...toLists(ending) },
    queryStringParameters: query.queryStringParameters ?? {},
    multiValueQueryStringParameters: query.multiValueQueryStringParameters ?? {},
    stageVariables: {},
    requestContext,
  };
}
