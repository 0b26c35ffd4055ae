import type { IncomingMessage } from "node:http";
import { createTraceId } from "./identifiers.ts";
import { readHost, readSourceIp } from "./loopback-server.ts";
import type { HttpApi } from "./model.ts";
import { formatRequestTime } from "./request-time.ts";

/** A request that reached a route of an HTTP API. */
export interface HttpRequest {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly routeKey: string;
  /** Below the stage. */
  readonly routePath: string;
  readonly requestId: string;
  readonly nowMs: number;
}

/** The fields that the authorizer event and the integration event of a request share. */
export interface DescribedRequest {
  readonly version: "2.0";
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
}

/** The fields of a request in payload format 2.0, without the body. */
export function describeRequest(
  api: HttpApi,
  { request, body, routeKey, requestId, nowMs }: HttpRequest,
): DescribedRequest {
  const [path = "/", rawQueryString = ""] = splitOnce(request.url ?? "/", "?");
  const cookies = request.headers.cookie?.split("; ");
  const domainName = readHost(request, api.domainName);
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies && { cookies }),
    headers: readHeaders(domainName, request, body, nowMs),
    ...(rawQueryString !== "" && { queryStringParameters: readQuery(rawQueryString) }),
    requestContext: {
      accountId: api.accountId,
      apiId: api.id,
      domainName,
      domainPrefix: api.domainName.split(".", 1)[0],
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: readSourceIp(request),
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage: api.stage,
      time: formatRequestTime(nowMs),
      timeEpoch: nowMs,
    },
  };
}

/**
 * The event of payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 *
 * @param authorizer the value of `requestContext.authorizer`: `{ lambda: … }`.
 */
export function createHttpEvent(
  { request, body }: HttpRequest,
  described: DescribedRequest,
  authorizer?: object,
): object {
  const isBase64Encoded = body.length > 0 && !isText(request.headers["content-type"]);
  return {
    ...described,
    requestContext: { ...described.requestContext, ...(authorizer && { authorizer }) },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}

/**
 * Whether a body of this content type is passed as text; all others are base64, including forms. AWS does not
 * list the binary types; these were observed on AWS: https://github.com/ministackorg/ministack/pull/766
 */
function isText(contentType: string | undefined): boolean {
  return /^(?:text\/.*|application\/(?:json|javascript|xml))$/i.test(
    contentType?.split(";", 1)[0]?.trim() ?? "",
  );
}

/** Hop-by-hop headers, and `cookie`, which has a separate event field. */
const EXCLUDED_HEADERS = new Set([
  "connection",
  "cookie",
  "expect",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function readHeaders(
  domainName: string,
  request: IncomingMessage,
  body: Buffer,
  nowMs: number,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values && !EXCLUDED_HEADERS.has(name)) headers[name] = values.join(",");
  }
  const forwardedFor = headers["x-forwarded-for"];
  const sourceIp = readSourceIp(request);
  return {
    ...headers,
    "content-length": String(body.length),
    host: domainName,
    "x-amzn-trace-id": createTraceId(nowMs),
    "x-forwarded-for": forwardedFor === undefined ? sourceIp : `${forwardedFor}, ${sourceIp}`,
    // As on AWS, because handlers can build URLs from these.
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  };
}

/** Several values of a parameter are joined by commas. */
function readQuery(rawQueryString: string): Record<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const previous = query.get(name);
    query.set(name, previous === undefined ? value : `${previous},${value}`);
  }
  return Object.fromEntries(query);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
