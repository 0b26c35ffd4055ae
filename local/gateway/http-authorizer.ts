import { callAuthorizer, readIdentitySources } from "./authorizer.ts";
import { createGatewayAnswer, type HttpAnswer } from "./http-answer.ts";
import type { DescribedRequest, HttpRequest } from "./http-events.ts";
import { type CallFunction, describePayload } from "./integration.ts";
import type { Authorizer, HttpApi, Report } from "./model.ts";

/** What an authorizer decided of a request. */
export type HttpAuthorization =
  /** Without a `context` it is `null`, and so is `requestContext.authorizer.lambda`: not documented, known from practice. */
  | { readonly isAuthorized: true; readonly context: AuthorizerContext | null }
  | { readonly isAuthorized: false; readonly answer: HttpAnswer };

/** Unlike that of REST and WebSocket APIs it may hold objects and lists, and arrives as it is. */
export type AuthorizerContext = Readonly<Record<string, unknown>>;

/** AWS documents the statuses; the texts are known from practice. */
const UNAUTHORIZED = createGatewayAnswer(401, "Unauthorized");
const FORBIDDEN = createGatewayAnswer(403, "Forbidden");
const INTERNAL_SERVER_ERROR = createGatewayAnswer(500, "Internal Server Error");

/** What calling the functions of an HTTP API takes. */
export interface HttpRunner {
  readonly api: HttpApi;
  readonly callFunction: CallFunction;
  readonly report: Report;
}

/**
 * Whether an authorizer lets a request pass, by the simple response of payload format 2.0. Its function is asked about every
 * request: answers are not kept.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 *
 * That an error of the function, whatever its message, makes it 500 is not documented: only REST APIs say that
 * `Unauthorized` makes it 401.
 */
export async function authorizeRequest(
  { api, callFunction, report }: HttpRunner,
  authorizer: Authorizer,
  request: HttpRequest,
  described: DescribedRequest,
): Promise<HttpAuthorization> {
  const identitySource = readIdentitySources(authorizer, request.request);
  if (!identitySource) return { isAuthorized: false, answer: UNAUTHORIZED };
  const event = createEvent(api, request, described, identitySource);
  const result = await callAuthorizer(api, authorizer, callFunction, event);
  if (result.outcome !== "returned") return { isAuthorized: false, answer: INTERNAL_SERVER_ERROR };
  const answer = parseSimpleResponse(result.payload);
  if (!answer) {
    report(
      `${api.name} ${authorizer.name}: the authorizer's answer is malformed: expected \`isAuthorized\` to be true or ` +
        `false and \`context\`, if any, to be an object, got ${describePayload(result.payload)}`,
    );
    return { isAuthorized: false, answer: INTERNAL_SERVER_ERROR };
  }
  return answer.isAuthorized
    ? { isAuthorized: true, context: answer.context }
    : { isAuthorized: false, answer: FORBIDDEN };
}

/**
 * The event of a Lambda authorizer in payload format 2.0, which does not see the body.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 *
 * `routeArn` names what was asked for; its form for `$default` is taken from the example there.
 */
function createEvent(
  { executionArn, stage }: HttpApi,
  { request, routePath }: HttpRequest,
  described: DescribedRequest,
  identitySource: readonly string[],
): object {
  const { version, ...others } = described;
  const routeArn = `${executionArn}/${stage}/${request.method}${routePath}`;
  return { version, type: "REQUEST", routeArn, identitySource, ...others };
}

interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context: AuthorizerContext | null;
}

function parseSimpleResponse(payload: unknown): SimpleResponse | undefined {
  if (!isObject(payload)) return undefined;
  const { isAuthorized, context = null } = payload;
  if (typeof isAuthorized !== "boolean") return undefined;
  if (context !== null && !isObject(context)) return undefined;
  return { isAuthorized, context };
}

function isObject(value: unknown): value is AuthorizerContext {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
