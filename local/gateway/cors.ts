import type { IncomingMessage } from "node:http";
import type { HttpAnswer } from "./http-answer.ts";
import type { HttpApi } from "./model.ts";

type Cors = NonNullable<HttpApi["cors"]>;

/** The gateway's own answer to a preflight; its CORS headers come from {@link applyCors}, as for any other answer. */
export const PREFLIGHT_ANSWER: HttpAnswer = {
  statusCode: 204,
  headers: {},
  cookies: [],
  body: Buffer.alloc(0),
};

/**
 * The answer with the API's CORS headers instead of any that the function set: with CORS configured, API Gateway ignores those.
 * Without an `Origin`, or with one that is not allowed, nothing is added; preflight headers need
 * `Access-Control-Request-Method` as well.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function applyCors(
  cors: Cors | undefined,
  { method, headers }: IncomingMessage,
  answer: HttpAnswer,
): HttpAnswer {
  if (!cors) return answer;
  const ofTheFunction = Object.entries(answer.headers).filter(
    ([name]) => !name.startsWith("access-control-"),
  );
  const isPreflight = method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
  return {
    ...answer,
    headers: { ...Object.fromEntries(ofTheFunction), ...createHeaders(cors, headers.origin, isPreflight) },
  };
}

function createHeaders(cors: Cors, origin: string | undefined, isPreflight: boolean): Record<string, string> {
  const allowed = origin === undefined ? undefined : allowOrigin(cors, origin);
  if (allowed === undefined) return {};
  const headers: Record<string, string> = { "access-control-allow-origin": allowed };
  const add = (name: string, values: readonly string[]): void => {
    if (values.length > 0) headers[name] = values.join(",");
  };
  if (cors.allowCredentials) headers["access-control-allow-credentials"] = "true";
  add("access-control-expose-headers", cors.exposeHeaders);
  if (isPreflight) {
    add("access-control-allow-methods", cors.allowMethods);
    add("access-control-allow-headers", cors.allowHeaders);
    if (cors.maxAgeSeconds !== undefined) headers["access-control-max-age"] = String(cors.maxAgeSeconds);
  }
  return headers;
}

/** What `Access-Control-Allow-Origin` says to this origin, if anything. Besides origins, AWS takes `*`, `https://*` and `http://*`. */
function allowOrigin({ allowOrigins }: Cors, origin: string): string | undefined {
  if (allowOrigins.includes("*")) return "*";
  const scheme = `${origin.split("://", 1)[0]}://*`;
  return allowOrigins.includes(origin) || allowOrigins.includes(scheme) ? origin : undefined;
}
