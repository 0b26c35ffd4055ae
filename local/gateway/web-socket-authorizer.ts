import type { IncomingMessage } from "node:http";
import { callAuthorizer, readIdentitySources } from "./authorizer.ts";
import { allowsInvoke, type PolicyAnswer, parsePolicyAnswer } from "./authorizer-policy.ts";
import { type CallFunction, describePayload } from "./integration.ts";
import type { Authorizer, Report, WebSocketApi } from "./model.ts";
import { createAuthorizerEvent } from "./web-socket-authorizer-event.ts";
import type { AuthorizerContext, ConnectEvent } from "./web-socket-events.ts";

/** What an authorizer decided of a handshake. */
export type Authorization =
  | {
      readonly isAuthorized: true;
      /** What every event of the connection carries. */
      readonly context: AuthorizerContext;
      /** How long the function took, which only `$connect` is told. */
      readonly latencyMs: number;
    }
  | {
      readonly isAuthorized: false;
      readonly statusCode: 401 | 403 | 500;
      readonly message: "Unauthorized" | "Forbidden" | "Internal server error";
    };

const UNAUTHORIZED: Authorization = { isAuthorized: false, statusCode: 401, message: "Unauthorized" };
const FORBIDDEN: Authorization = { isAuthorized: false, statusCode: 403, message: "Forbidden" };
const FAILED: Authorization = { isAuthorized: false, statusCode: 500, message: "Internal server error" };

export interface AuthorizeOptions {
  readonly api: WebSocketApi;
  readonly callFunction: CallFunction;
  readonly report: Report;
}

/**
 * Whether the authorizer of `$connect` lets a handshake pass, by the policy that its function answers. A WebSocket API asks
 * once, at `$connect`, and keeps the answer for as long as the connection lives.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 *
 * "Similar to REST APIs", it says there, so the statuses are theirs: an error whose message is exactly `Unauthorized` makes
 * it 401; any other error, a timeout, a missing permission or a malformed answer 500; a policy that does not allow it 403.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 * The words of the refusals are documented for neither.
 */
export async function authorizeConnect(
  { api, callFunction, report }: AuthorizeOptions,
  authorizer: Authorizer,
  handshake: IncomingMessage,
  connect: ConnectEvent,
): Promise<Authorization> {
  if (!readIdentitySources(authorizer, handshake)) return UNAUTHORIZED;
  const methodArn = `${api.executionArn}/${api.stage}/$connect`;
  // The function runs in real time, whatever clock connections live by.
  const calledAtMs = performance.now();
  const result = await callAuthorizer(
    api,
    authorizer,
    callFunction,
    createAuthorizerEvent(methodArn, handshake, connect),
  );
  if (result.outcome === "failed" && result.message === "Unauthorized") return UNAUTHORIZED;
  if (result.outcome !== "returned") return FAILED;
  const answer = parsePolicyAnswer(result.payload);
  if (!answer) {
    report(
      `${api.name} ${authorizer.name}: the authorizer's answer is malformed: expected \`principalId\`, a ` +
        "`policyDocument` of statements with `Effect`, `Action` and `Resource` only, and a `context`, if any, of " +
        `texts, numbers and booleans, got ${describePayload(result.payload)}`,
    );
    return FAILED;
  }
  if (!allowsInvoke(answer.statements, methodArn)) return FORBIDDEN;
  const latencyMs = Math.round(performance.now() - calledAtMs);
  return { isAuthorized: true, context: createContext(answer), latencyMs };
}

/** Numbers and booleans arrive as texts: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
function createContext({ principalId, context }: PolicyAnswer): AuthorizerContext {
  const texts = Object.entries(context).map(([name, value]) => [name, String(value)] as const);
  return { ...Object.fromEntries(texts), principalId };
}
