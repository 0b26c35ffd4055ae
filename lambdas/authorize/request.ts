import * as v from "valibot";
import { UnknownEventError } from "#protocol/errors.ts";
import { SUBPROTOCOL } from "#protocol/messages.ts";

/** What a client shows to be let in. */
export type Offer =
  | { readonly kind: "none" }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "unreadable"; readonly problem: string };

/** Who asks the authorizer, and what the client offers. */
export type AuthorizeRequest =
  | { readonly api: "watch"; readonly methodArn: string; readonly offer: Offer }
  | { readonly api: "publish"; readonly offer: Offer };

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
 * What an authorizer's event asks.
 * @throws {UnknownEventError} when it is neither of the WebSocket API's `$connect` nor of the HTTP API.
 */
export function parseRequest(event: unknown): AuthorizeRequest {
  const http = v.safeParse(httpEvent, event);
  if (http.success) return { api: "publish", offer: bearerOffer(valuesOf(http.output, "authorization")) };
  const connect = v.safeParse(connectEvent, event);
  if (connect.success) {
    const { methodArn } = connect.output;
    const offer = subprotocolOffer(valuesOf(connect.output, "sec-websocket-protocol"));
    return { api: "watch", methodArn, offer };
  }
  throw new UnknownEventError(
    "Expected the event of a REQUEST authorizer, with a `methodArn` that ends in /$connect or with `version` 2.0 and a `routeArn`, " +
      "got another one. Only the two APIs may invoke this function.",
  );
}

type Headers = Readonly<Record<string, string>>;

/** The values of a header: names come in any case over a WebSocket. */
function valuesOf({ headers }: { readonly headers: Headers }, name: string): readonly string[] {
  return Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []));
}

/** Of `ticker-watch, {token}`, which is how a browser's `new WebSocket(url, ["ticker-watch", token])` asks. */
function subprotocolOffer(values: readonly string[]): Offer {
  const offers = values.flatMap((value) => value.split(",")).flatMap((part) => part.trim() || []);
  const [first, token, ...others] = offers;
  if (first === undefined) return { kind: "none" };
  if (first !== SUBPROTOCOL) {
    return unreadable(`Expected the subprotocols to be ${SUBPROTOCOL} and a token, in this order.`);
  }
  if (token === undefined) return { kind: "none" };
  return others.length === 0 ? { kind: "token", token } : unreadable(TWO_TOKENS);
}

/** Of `Bearer {token}`, the scheme in any case. https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
function bearerOffer(values: readonly string[]): Offer {
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
