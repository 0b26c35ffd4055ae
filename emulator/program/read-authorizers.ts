import type { Authorizer } from "../apigateway/model.ts";
import type { DeclaredResource } from "./declared.ts";
import { functionArnOf } from "./invoke-arn.ts";
import { describe, expectValue, optional, rejectUnsupported, strings, text } from "./properties.ts";

const THIS_FILE = "emulator/program/read-authorizers.ts";

type Protocol = "WEBSOCKET" | "HTTP";

interface Rules {
  /** Matches an identity source that is a header; the first group is the header name. */
  readonly identitySource: RegExp;
  readonly example: string;
  /** Required values, which differ from the defaults of API Gateway. */
  readonly required: Readonly<Record<string, string | number | boolean>>;
  readonly timeoutMs: number;
}

const RULES: Readonly<Record<Protocol, Rules>> = {
  WEBSOCKET: {
    identitySource: /^route\.request\.header\.([\w.-]+)$/,
    example: "route.request.header.Sec-WebSocket-Protocol",
    required: {},
    // AWS documents no value. This one is the maximum integration timeout.
    timeoutMs: 29_000,
  },
  HTTP: {
    identitySource: /^\$request\.header\.([\w.-]+)$/,
    example: "$request.header.Authorization",
    // The default of authorizerResultTtlInSeconds is 300.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    required: {
      authorizerPayloadFormatVersion: "2.0",
      enableSimpleResponses: true,
      authorizerResultTtlInSeconds: 0,
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    timeoutMs: 10_000,
  },
};

const COMMON_INPUTS = ["apiId", "name", "authorizerType", "authorizerUri", "identitySources"];

/**
 * The authorizers of one API by id.
 * @throws {Error} for a property or value that is not served here.
 */
export function readAuthorizers(
  authorizers: readonly DeclaredResource[],
  protocol: Protocol,
): ReadonlyMap<string, Authorizer> {
  return new Map(authorizers.map((authorizer) => [authorizer.id, readAuthorizer(authorizer, protocol)]));
}

function readAuthorizer(authorizer: DeclaredResource, protocol: Protocol): Authorizer {
  const { required, identitySource, example, timeoutMs } = RULES[protocol];
  expectValue(authorizer, "authorizerType", "REQUEST");
  for (const [property, value] of Object.entries(required)) expectValue(authorizer, property, value);
  rejectUnsupported(authorizer, [...COMMON_INPUTS, ...Object.keys(required)], THIS_FILE);
  const identityHeaders = strings(authorizer, "identitySources").map((source) => {
    const [, header] = identitySource.exec(source) ?? [];
    if (header) return header.toLowerCase();
    throw new Error(
      `Expected identitySources of ${describe(authorizer)} to be headers, such as ${example}, got ${source}. ` +
        `Serve others in ${THIS_FILE}.`,
    );
  });
  return {
    id: authorizer.id,
    name: authorizer.name,
    functionArn: functionArnOf(authorizer, "authorizerUri"),
    identityHeaders,
    timeoutMs,
  };
}

/**
 * The authorizer of a route; `undefined` for a route without authorization.
 * @throws {Error} for an authorization type that is not served here, or an authorizer that its API does not have.
 */
export function authorizerOf(
  route: DeclaredResource,
  authorizers: ReadonlyMap<string, Authorizer>,
  protocol: Protocol,
): Authorizer | undefined {
  const type = optional(route, "authorizationType") ?? "NONE";
  const id = optional(route, "authorizerId");
  if (type === "NONE") {
    if (id === undefined) return undefined;
    throw new Error(
      `Expected authorizationType of ${describe(route)} to be CUSTOM, since it has an authorizerId, got ` +
        "NONE.",
    );
  }
  if (type !== "CUSTOM") {
    throw new Error(
      `Expected authorizationType of ${describe(route)} to be NONE or CUSTOM, got ${JSON.stringify(type)}. ` +
        `Serve others in ${THIS_FILE}.`,
    );
  }
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
  if (protocol === "WEBSOCKET" && text(route, "routeKey") !== "$connect") {
    throw new Error(
      `Expected authorizationType of ${describe(route)} to be NONE, got CUSTOM: in a WebSocket API only ` +
        "$connect can have an authorizer.",
    );
  }
  const authorizer = typeof id === "string" ? authorizers.get(id) : undefined;
  if (authorizer) return authorizer;
  throw new Error(
    `Expected authorizerId of ${describe(route)} to be the id of an authorizer of its API, got ` +
      `${JSON.stringify(id) ?? "none"}.`,
  );
}
