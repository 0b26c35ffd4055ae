import type { IncomingMessage } from "node:http";
import { type AuthorizerContext, type ConnectEvent, toLists } from "./web-socket-events.ts";

/**
 * The `$connect` event with the authorizer context. Only this event contains `integrationLatency`, as on AWS.
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
 * The event of the `$connect` authorizer. It includes the hop-by-hop headers and, as in REST APIs, empty
 * query fields when there is no query.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export function createAuthorizerEvent(
  methodArn: string,
  handshake: IncomingMessage,
  { headers, multiValueHeaders, requestContext, ...query }: ConnectEvent,
): object {
  const { connection = "upgrade", upgrade = "websocket" } = handshake.headers;
  const hopByHop = { Connection: connection, "content-length": "0", Upgrade: upgrade };
  return {
    type: "REQUEST",
    methodArn,
    headers: { ...headers, ...hopByHop },
    multiValueHeaders: { ...multiValueHeaders, ...toLists(hopByHop) },
    queryStringParameters: query.queryStringParameters ?? {},
    multiValueQueryStringParameters: query.multiValueQueryStringParameters ?? {},
    stageVariables: {},
    requestContext,
  };
}
