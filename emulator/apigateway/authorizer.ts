import type { IncomingMessage } from "node:http";
import type { CallFunction, IntegrationResult } from "./integration.ts";
import type { Authorizer, HttpApi, WebSocketApi } from "./model.ts";

/**
 * The values of an authorizer's identity sources in declared order; `undefined` when one is missing or empty,
 * for which the gateway returns 401 without calling the function.
 * https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html (`identitySource`)
 */
export function readIdentitySources(
  { identityHeaders }: Authorizer,
  { headersDistinct }: IncomingMessage,
): readonly string[] | undefined {
  const values = identityHeaders.map((name) => headersDistinct[name]?.join(",") ?? "");
  return values.includes("") ? undefined : values;
}

/**
 * Invokes an authorizer's function with the source ARN that its resource policy must allow.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html (permissions)
 */
export function callAuthorizer(
  { executionArn }: WebSocketApi | HttpApi,
  { id, name, functionArn, timeoutMs }: Authorizer,
  callFunction: CallFunction,
  event: object,
): Promise<IntegrationResult> {
  return callFunction(
    { name, kind: "authorizer", timeoutMs },
    { functionArn, sourceArn: `${executionArn}/authorizers/${id}`, event },
  );
}
