import { validateHeaderName, validateHeaderValue } from "node:http";

/** The response of an HTTP route to the client. */
export interface HttpResponse {
  readonly statusCode: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** Content type of a structured response that sets none; undocumented, observed on AWS. */
const DEFAULT_CONTENT_TYPE = "text/plain;charset=UTF-8";

/**
 * The response for a function's payload in format 2.0; `undefined` when it is malformed. Any payload other
 * than an object with `statusCode` becomes the JSON body of a 200; a string is used unchanged.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function parseHttpResponse(payload: unknown): HttpResponse | undefined {
  if (!isObject(payload) || payload["statusCode"] === undefined) {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload ?? null);
    return {
      statusCode: 200,
      headers: { "content-type": "application/json" },
      cookies: [],
      body: Buffer.from(text),
    };
  }
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded = false } = payload;
  if (typeof statusCode !== "number" || !Number.isInteger(statusCode)) return undefined;
  if (statusCode < 200 || statusCode > 599) return undefined;
  if (!isObject(headers) || !areValid(headers) || !isListOfStrings(cookies)) return undefined;
  if (typeof body !== "string" || typeof isBase64Encoded !== "boolean") return undefined;
  return {
    statusCode,
    headers: { "content-type": DEFAULT_CONTENT_TYPE, ...toLowerCaseNames(headers) },
    cookies,
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

/** A response from the gateway itself: `{"message": …}`. */
export function createGatewayResponse(statusCode: number, message: string): HttpResponse {
  return {
    statusCode,
    headers: { "content-type": "application/json" },
    cookies: [],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/** Headers that only the gateway sets. */
const GATEWAY_HEADERS = new Set(["connection", "content-length", "transfer-encoding"]);

function toLowerCaseNames(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name]) => !GATEWAY_HEADERS.has(name)),
  );
}

function areValid(headers: Readonly<Record<string, unknown>>): boolean {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, String(value));
    }
    return true;
  } catch {
    return false;
  }
}

function isListOfStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
