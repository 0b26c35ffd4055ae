import * as v from "valibot";
import { UnknownEventError } from "#protocol/errors.ts";
import { SUBPROTOCOL } from "#protocol/messages.ts";

/** The token of a request, if any. */
export type Credential =
  | { readonly kind: "none" }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "unreadable"; readonly problem: string };

/** A parsed authorizer event. */
export type AuthorizeRequest =
  | { readonly api: "watch"; readonly methodArn: string; readonly credential: Credential }
  | { readonly api: "publish"; readonly credential: Credential };

const headers = v.optional(v.record(v.string(), v.string()), {});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
const connectEvent = v.object({
  type: v.literal("REQUEST"),
  methodArn: v.pipe(v.string(), v.endsWith("/$connect")),
  headers,
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
const httpEvent = v.object({
  version: v.literal("2.0"),
  type: v.literal("REQUEST"),
  routeArn: v.string(),
  headers,
});

/**
 * Parses an authorizer event.
 * @throws {UnknownEventError} when it is neither from `$connect` of the WebSocket API nor from the HTTP API.
 */
export function parseRequest(event: unknown): AuthorizeRequest {
  const http = v.safeParse(httpEvent, event);
  if (http.success) {
    return { api: "publish", credential: bearerCredential(valuesOf(http.output, "authorization")) };
  }
  const connect = v.safeParse(connectEvent, event);
  if (connect.success) {
    const { methodArn } = connect.output;
    const credential = subprotocolCredential(valuesOf(connect.output, "sec-websocket-protocol"));
    return { api: "watch", methodArn, credential };
  }
  throw new UnknownEventError(
    "Expected the event of a REQUEST authorizer, with a `methodArn` that ends in /$connect or with `version` 2.0 and a `routeArn`, " +
      "got another event. Invoke this function through one of the two APIs only.",
  );
}

type Headers = Readonly<Record<string, string>>;

/** The values of a header. WebSocket events keep the case of the client's header names. */
function valuesOf({ headers }: { readonly headers: Headers }, name: string): readonly string[] {
  return Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []));
}

/** Reads `ticker-watch, {token}`, as sent by `new WebSocket(url, ["ticker-watch", token])`. */
function subprotocolCredential(values: readonly string[]): Credential {
  const subprotocols = values.flatMap((value) => value.split(",")).flatMap((part) => part.trim() || []);
  const [first, token, ...others] = subprotocols;
  if (first === undefined) return { kind: "none" };
  if (first !== SUBPROTOCOL) {
    return unreadable(`Expected the subprotocols to be ${SUBPROTOCOL} and a token, in this order.`);
  }
  if (token === undefined) return { kind: "none" };
  return others.length === 0 ? { kind: "token", token } : unreadable(TWO_TOKENS);
}

/** Reads `Bearer {token}`, with the scheme in any case. https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
function bearerCredential(values: readonly string[]): Credential {
  // API Gateway joins a repeated header with commas.
  const [credentials, ...others] = values
    .flatMap((value) => value.split(","))
    .flatMap((part) => part.trim() || []);
  if (credentials === undefined) return { kind: "none" };
  if (others.length > 0) return unreadable(TWO_TOKENS);
  const [, token] = /^bearer +([^ ]+)$/i.exec(credentials) ?? [];
  return token === undefined
    ? unreadable("Expected the header `Authorization` to be Bearer and a token.")
    : { kind: "token", token };
}

const TWO_TOKENS = "Expected one token, got more.";

const unreadable = (problem: string) => ({ kind: "unreadable", problem }) as const;
