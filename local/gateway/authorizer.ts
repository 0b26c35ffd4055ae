import type { IncomingMessage } from "node:http";
import type { CallFunction, IntegrationResult } from "./integration.ts";
import type { Authorizer, HttpApi, WebSocketApi } from "./model.ts";

/**
 * The values of an authorizer's identity sources in their order, or `undefined` when a request lacks one: it is then
 * refused with 401, and the function not called.
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
 * Calls an authorizer's function, as the source that its permission must name.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html (on permissions)
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
