import type { IncomingMessage } from "node:http";
import type { HttpResponse } from "./http-response.ts";
import type { HttpApi } from "./model.ts";

type Cors = NonNullable<HttpApi["cors"]>;

/** The gateway's response to a preflight; {@link applyCors} adds the CORS headers. */
export const PREFLIGHT_RESPONSE: HttpResponse = {
  statusCode: 204,
  headers: {},
  cookies: [],
  body: Buffer.alloc(0),
};

/**
 * The response with the API's CORS headers in place of the function's, which API Gateway drops when CORS is
 * configured. Adds none without an allowed `Origin`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function applyCors(
  cors: Cors | undefined,
  { method, headers }: IncomingMessage,
  response: HttpResponse,
): HttpResponse {
  if (!cors) return response;
  const otherHeaders = Object.entries(response.headers).filter(
    ([name]) => !name.startsWith("access-control-"),
  );
  const isPreflight = method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
  return {
    ...response,
    headers: { ...Object.fromEntries(otherHeaders), ...createHeaders(cors, headers.origin, isPreflight) },
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

/** The value of `Access-Control-Allow-Origin`, if any. AWS also allows `*`, `https://*` and `http://*`. */
function allowOrigin({ allowOrigins }: Cors, origin: string): string | undefined {
  if (allowOrigins.includes("*")) return "*";
  const scheme = `${origin.split("://", 1)[0]}://*`;
  return allowOrigins.includes(origin) || allowOrigins.includes(scheme) ? origin : undefined;
}
