import type { IncomingMessage } from "node:http";
import { callAuthorizer, readIdentitySources } from "./authorizer.ts";
import { allowsInvoke, type PolicyResponse, parsePolicyResponse } from "./authorizer-policy.ts";
import { type CallFunction, describePayload } from "./integration.ts";
import type { Authorizer, Report, WebSocketApi } from "./model.ts";
import { createAuthorizerEvent } from "./web-socket-authorizer-event.ts";
import type { AuthorizerContext, ConnectEvent } from "./web-socket-events.ts";

/** An authorizer's decision on a handshake. */
export type ConnectAuthorization =
  | {
      readonly isAuthorized: true;
      /** Included in every event of the connection. */
      readonly context: AuthorizerContext;
      /** Duration of the call in milliseconds; included in the `$connect` event only. */
      readonly latencyMs: number;
    }
  | {
      readonly isAuthorized: false;
      readonly statusCode: 401 | 403 | 500;
      readonly message: "Unauthorized" | "Forbidden" | "Internal server error";
    };

const UNAUTHORIZED: ConnectAuthorization = { isAuthorized: false, statusCode: 401, message: "Unauthorized" };
const FORBIDDEN: ConnectAuthorization = { isAuthorized: false, statusCode: 403, message: "Forbidden" };
const FAILED: ConnectAuthorization = {
  isAuthorized: false,
  statusCode: 500,
  message: "Internal server error",
};

export interface AuthorizeOptions {
  readonly api: WebSocketApi;
  readonly callFunction: CallFunction;
  readonly report: Report;
}

/**
 * The decision of the `$connect` authorizer, from the policy that its function returns. It applies until the
 * connection closes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 *
 * Status codes follow REST APIs: 401 for a missing identity source or the exact error `Unauthorized`, 403 for
 * a policy that does not allow `$connect`, 500 otherwise. AWS does not document the messages.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export async function authorizeConnect(
  { api, callFunction, report }: AuthorizeOptions,
  authorizer: Authorizer,
  handshake: IncomingMessage,
  connect: ConnectEvent,
): Promise<ConnectAuthorization> {
  if (!readIdentitySources(authorizer, handshake)) return UNAUTHORIZED;
  const methodArn = `${api.executionArn}/${api.stage}/$connect`;
  // Real time, not the injected clock: the function runs in real time.
  const calledAtMs = performance.now();
  const result = await callAuthorizer(
    api,
    authorizer,
    callFunction,
    createAuthorizerEvent(methodArn, handshake, connect),
  );
  if (result.outcome === "failed" && result.message === "Unauthorized") return UNAUTHORIZED;
  if (result.outcome !== "returned") return FAILED;
  const policy = parsePolicyResponse(result.payload);
  if (!policy) {
    report(
      `${api.name} ${authorizer.name}: malformed authorizer response: expected \`principalId\`, a ` +
        "`policyDocument` whose statements have only `Effect`, `Action` and `Resource`, and a `context`, if any, " +
        `of strings, numbers and booleans, got ${describePayload(result.payload)}`,
    );
    return FAILED;
  }
  if (!allowsInvoke(policy.statements, methodArn)) return FORBIDDEN;
  const latencyMs = Math.round(performance.now() - calledAtMs);
  return { isAuthorized: true, context: createContext(policy), latencyMs };
}

/** Numbers and booleans become strings: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
function createContext({ principalId, context }: PolicyResponse): AuthorizerContext {
  const strings = Object.entries(context).map(([name, value]) => [name, String(value)] as const);
  return { ...Object.fromEntries(strings), principalId };
}
