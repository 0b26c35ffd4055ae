import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listenOnLoopback, readBody } from "../apigateway/loopback-server.ts";
import type { InvocationResult } from "../apigateway/model.ts";
import type { AuthProxy } from "../iam/auth-proxy.ts";
import { type DeclaredFunction, qualifiers } from "../program/read-functions.ts";
import { parseEvent } from "./event-json.ts";

/** Quotas: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const MAX_EVENT_BYTES = 1024 * 1024;

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?(.*))?$/;

/** `{name}`, `{account}:function:{name}` or the function ARN, each with an optional `:{qualifier}`. */
const FUNCTION_NAME = /^((?:(?:arn:aws:lambda:[^:]+:)?\d{12}:)?(?:function:)?([^:]+))(?::([^:]+))?$/;

export interface LambdaEndpointOptions {
  readonly functions: readonly DeclaredFunction[];
  /** @param functionArn with the qualifier of the caller. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvocationResult>;
  /** For the service `lambda`. */
  readonly authProxy: AuthProxy;
}

export interface LambdaEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:{port}`, the endpoint for AWS SDKs and the CLI. */
  readonly url: string;
}

/**
 * A Lambda endpoint with only the operation Invoke. Unlike Lambda, it does not retry failed `Event`
 * invocations, and returns no log tail.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function serveLambda(options: LambdaEndpointOptions): Promise<LambdaEndpoint> {
  const server = createServer((request, response) => {
    response.setHeader("x-amzn-requestid", randomUUID());
    respond(options, request, response).catch((error: unknown) => {
      if (error instanceof ServiceError) error.send(response);
      // Other errors occur only when the client disconnects during its request.
      else response.destroy();
    });
  });
  const port = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => closeServer(server) };
}

async function respond(
  { functions, invoke, authProxy }: LambdaEndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  const body = await readBody(request, type === "Event" ? MAX_EVENT_BYTES : MAX_PAYLOAD_BYTES);
  const { functionArn, version } = findFunction(functions, request);
  if (!body)
    throw new ServiceError(413, "RequestTooLargeException", "The payload is larger than the Lambda quota.");
  const result = await authProxy.authorizeRequest(request, body, {
    action: "lambda:InvokeFunction",
    resource: functionArn,
  });
  if (!result.allowed) throw new ServiceError(403, result.errorType, result.message);
  const event = parseBody(body);
  if (type === "DryRun") {
    response.writeHead(204).end();
  } else if (type === "Event") {
    // As on Lambda, the caller does not receive the result.
    void invoke(functionArn, event);
    response.writeHead(202, { "content-length": 0 }).end();
  } else if (type === "RequestResponse") {
    sendResult(response, version, await invoke(functionArn, event));
  } else {
    const message = `Expected X-Amz-Invocation-Type to be RequestResponse, Event or DryRun, got ${type}.`;
    throw new ServiceError(400, "InvalidParameterValueException", message);
  }
}

function sendResult(response: ServerResponse, version: string, result: InvocationResult): void {
  const headers = { "content-type": "application/json", "x-amz-executed-version": version };
  if (result.outcome === "returned") {
    response.writeHead(200, headers).end(JSON.stringify(result.payload) ?? "null");
  } else if (result.outcome === "failed") {
    const { errorType, message: errorMessage } = result;
    response
      .writeHead(200, { ...headers, "x-amz-function-error": "Unhandled" })
      .end(JSON.stringify({ errorType, errorMessage }));
  } else if (result.outcome === "throttled") {
    throw new ServiceError(429, "TooManyRequestsException", result.message);
  } else {
    throw new ServiceError(500, "ServiceException", result.message);
  }
}

/** The qualified ARN and the version of the function in a request URL. */
function findFunction(
  functions: readonly DeclaredFunction[],
  { method, url = "" }: IncomingMessage,
): { readonly functionArn: string; readonly version: string } {
  const [, encoded, query] = INVOCATIONS.exec(url) ?? [];
  if (method !== "POST" || encoded === undefined) {
    throw new ServiceError(
      404,
      "UnknownOperationException",
      "The local stack supports only the operation Invoke.",
    );
  }
  const name = decode(encoded);
  const [, unqualified, plain, inName] = FUNCTION_NAME.exec(name) ?? [];
  const inQuery = new URLSearchParams(query).get("Qualifier") ?? undefined;
  if (inName !== undefined && inQuery !== undefined && inName !== inQuery) {
    const message = `Expected one qualifier, got ${inName} in the function name and ${inQuery} in the query.`;
    throw new ServiceError(400, "InvalidParameterValueException", message);
  }
  const qualifier = inName ?? inQuery;
  const fn = functions.find((each) => each.name === plain && each.arn.endsWith(unqualified ?? ""));
  if (!fn || (qualifier !== undefined && !qualifiers(fn).includes(qualifier))) {
    const requested = [name, inName === undefined && inQuery].filter(Boolean).join(":");
    throw new ServiceError(404, "ResourceNotFoundException", `Function not found: ${requested}`);
  }
  if (qualifier === undefined) return { functionArn: fn.arn, version: "$LATEST" };
  const version = qualifier === "$LATEST" ? qualifier : fn.version;
  return { functionArn: `${fn.arn}:${qualifier}`, version };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The event in a request body; `{}` for an empty body, as on Lambda. */
function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return parseEvent(body.toString());
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new ServiceError(400, "InvalidRequestContentException", message);
  }
}

/** A Lambda API error in the format that SDKs parse. */
class ServiceError extends Error {
  readonly #status: number;
  readonly #type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.#status = status;
    this.#type = type;
  }

  send(response: ServerResponse): void {
    response
      .writeHead(this.#status, { "content-type": "application/json", "x-amzn-errortype": this.#type })
      .end(JSON.stringify({ Type: this.#status < 500 ? "User" : "Service", Message: this.message }));
  }
}
