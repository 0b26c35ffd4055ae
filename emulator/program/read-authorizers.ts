import type { Authorizer } from "../apigateway/model.ts";
import type { DeclaredResource } from "./declared.ts";
import { functionArnOf } from "./invoke-arn.ts";
import { describe, optional, refuseOthers, text, texts } from "./properties.ts";

type Protocol = "WEBSOCKET" | "HTTP";

interface Serving {
  /** How an identity source names a header. */
  readonly identitySource: RegExp;
  readonly example: string;
  /** What must be said, because API Gateway does something else without it. */
  readonly fixed: Readonly<Record<string, string | number | boolean>>;
  readonly timeoutMs: number;
}

const SERVED: Readonly<Record<Protocol, Serving>> = {
  WEBSOCKET: {
    identitySource: /^route\.request\.header\.([\w.-]+)$/,
    example: "route.request.header.Sec-WebSocket-Protocol",
    fixed: {},
    // AWS documents none; taken: the longest that it waits for an integration.
    timeoutMs: 29_000,
  },
  HTTP: {
    identitySource: /^\$request\.header\.([\w.-]+)$/,
    example: "$request.header.Authorization",
    // Left out, the time to live is 300 s.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    fixed: {
      authorizerPayloadFormatVersion: "2.0",
      enableSimpleResponses: true,
      authorizerResultTtlInSeconds: 0,
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    timeoutMs: 10_000,
  },
};

const EVERYWHERE = ["apiId", "name", "authorizerType", "authorizerUri", "identitySources"];

/**
 * The authorizers of one API, by id.
 * @throws {Error} naming what one of them declares that is not served here.
 */
export function readAuthorizers(
  authorizers: readonly DeclaredResource[],
  protocol: Protocol,
): ReadonlyMap<string, Authorizer> {
  return new Map(authorizers.map((authorizer) => [authorizer.id, readAuthorizer(authorizer, protocol)]));
}

function readAuthorizer(authorizer: DeclaredResource, protocol: Protocol): Authorizer {
  const { fixed, identitySource, example, timeoutMs } = SERVED[protocol];
  expectValue(authorizer, "authorizerType", "REQUEST");
  for (const [property, value] of Object.entries(fixed)) expectValue(authorizer, property, value);
  refuseOthers(authorizer, [...EVERYWHERE, ...Object.keys(fixed)], "emulator/program/read-authorizers.ts");
  const identityHeaders = texts(authorizer, "identitySources").map((source) => {
    const [, header] = identitySource.exec(source) ?? [];
    if (header) return header.toLowerCase();
    throw new Error(
      `Expected identitySources of ${describe(authorizer)} to be headers, like ${example}, got ${source}: ` +
        "no others are served here.",
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
 * The authorizer of a route, `undefined` when everybody may use it.
 * @throws {Error} when the route asks for what is not served here, or for what its API does not have.
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
      `Expected authorizationType of ${describe(route)} to be CUSTOM, since it has an authorizerId, got NONE.`,
    );
  }
  if (type !== "CUSTOM") {
    throw new Error(
      `Expected authorizationType of ${describe(route)} to be NONE or CUSTOM, got ${JSON.stringify(type)}: ` +
        "no other is served here.",
    );
  }
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
  if (protocol === "WEBSOCKET" && text(route, "routeKey") !== "$connect") {
    throw new Error(
      `Expected authorizationType of ${describe(route)} to be NONE: of a WebSocket API only $connect can have an authorizer.`,
    );
  }
  const authorizer = typeof id === "string" ? authorizers.get(id) : undefined;
  if (authorizer) return authorizer;
  throw new Error(
    `Expected authorizerId of ${describe(route)} to name an authorizer of its API, got ${JSON.stringify(id) ?? "nothing"}.`,
  );
}

function expectValue(
  resource: DeclaredResource,
  property: string,
  expected: string | number | boolean,
): void {
  const value = optional(resource, property);
  if (value === expected) return;
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be ${JSON.stringify(expected)}, got ` +
      `${JSON.stringify(value) ?? "nothing"}: no other is served here.`,
  );
}
