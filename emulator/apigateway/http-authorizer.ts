import { callAuthorizer, readIdentitySources } from "./authorizer.ts";
import type { DescribedRequest, HttpRequest } from "./http-events.ts";
import { createGatewayResponse, type HttpResponse } from "./http-response.ts";
import { type CallFunction, describePayload } from "./integration.ts";
import type { Authorizer, HttpApi, Report } from "./model.ts";

/** An authorizer's decision on a request. */
export type HttpAuthorization =
  /** Without a context, `requestContext.authorizer.lambda` is `null`: undocumented, observed on AWS. */
  | { readonly isAuthorized: true; readonly context: HttpAuthorizerContext | null }
  | { readonly isAuthorized: false; readonly response: HttpResponse };

/** Unlike in REST and WebSocket APIs, values may be objects and lists and are passed on unchanged. */
export type HttpAuthorizerContext = Readonly<Record<string, unknown>>;

/** AWS documents the status codes; the messages are observed. */
const UNAUTHORIZED = createGatewayResponse(401, "Unauthorized");
const FORBIDDEN = createGatewayResponse(403, "Forbidden");
const INTERNAL_SERVER_ERROR = createGatewayResponse(500, "Internal Server Error");

/** The dependencies for calling the functions of an HTTP API. */
export interface HttpRunner {
  readonly api: HttpApi;
  readonly callFunction: CallFunction;
  readonly report: Report;
}

/**
 * The decision of an authorizer with simple responses (payload format 2.0). Results are not cached.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 *
 * Any function error is 500; AWS documents 401 for the error `Unauthorized` only for REST APIs.
 */
export async function authorizeRequest(
  { api, callFunction, report }: HttpRunner,
  authorizer: Authorizer,
  request: HttpRequest,
  described: DescribedRequest,
): Promise<HttpAuthorization> {
  const identitySource = readIdentitySources(authorizer, request.request);
  if (!identitySource) return { isAuthorized: false, response: UNAUTHORIZED };
  const event = createEvent(api, request, described, identitySource);
  const result = await callAuthorizer(api, authorizer, callFunction, event);
  if (result.outcome !== "returned") return { isAuthorized: false, response: INTERNAL_SERVER_ERROR };
  const decision = parseSimpleResponse(result.payload);
  if (!decision) {
    report(
      `${api.name} ${authorizer.name}: malformed authorizer response: expected a boolean as \`isAuthorized\` ` +
        `and an object, if any, as \`context\`, got ${describePayload(result.payload)}`,
    );
    return { isAuthorized: false, response: INTERNAL_SERVER_ERROR };
  }
  return decision.isAuthorized
    ? { isAuthorized: true, context: decision.context }
    : { isAuthorized: false, response: FORBIDDEN };
}

/**
 * The event of a Lambda authorizer in payload format 2.0, which does not contain the body.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 *
 * `routeArn` contains the requested method and path, also for `$default`, as in the example there.
 */
function createEvent(
  { executionArn, stage }: HttpApi,
  { request, routePath }: HttpRequest,
  described: DescribedRequest,
  identitySource: readonly string[],
): object {
  const { version, ...rest } = described;
  const routeArn = `${executionArn}/${stage}/${request.method}${routePath}`;
  return { version, type: "REQUEST", routeArn, identitySource, ...rest };
}

interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context: HttpAuthorizerContext | null;
}

function parseSimpleResponse(payload: unknown): SimpleResponse | undefined {
  if (!isObject(payload)) return undefined;
  const { isAuthorized, context = null } = payload;
  if (typeof isAuthorized !== "boolean") return undefined;
  if (context !== null && !isObject(context)) return undefined;
  return { isAuthorized, context };
}

function isObject(value: unknown): value is HttpAuthorizerContext {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
