import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listenOnLoopback, readBody } from "../apigateway/loopback-server.ts";
import type { InvocationResult } from "../apigateway/model.ts";
import type { AuthProxy } from "../iam/door.ts";
import { type DeclaredFunction, qualifiers } from "../program/read-functions.ts";
import { parseEvent } from "./event-text.ts";

/** Lambda's own: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const MAX_EVENT_BYTES = 1024 * 1024;

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?(.*))?$/;

/** `{name}`, `{account}:function:{name}` or `arn:aws:lambda:{region}:{account}:function:{name}`, and `:{qualifier}`. */
const FUNCTION_NAME = /^((?:(?:arn:aws:lambda:[^:]+:)?\d{12}:)?(?:function:)?([^:]+))(?::([^:]+))?$/;

export interface LambdaEndpointOptions {
  readonly functions: readonly DeclaredFunction[];
  /** @param functionArn with the qualifier that the caller gave. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvocationResult>;
  /** Of the service `lambda`. */
  readonly authProxy: AuthProxy;
}

export interface LambdaEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:{port}`, the endpoint for AWS SDKs and the CLI. */
  readonly url: string;
}

/**
 * Lambda's Invoke on a free port of loopback, and nothing else of its API. Unlike Lambda it does not try again what failed
 * after `Event`, and gives no log with the answer.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function serveLambda(options: LambdaEndpointOptions): Promise<LambdaEndpoint> {
  const server = createServer((request, response) => {
    response.setHeader("x-amzn-requestid", randomUUID());
    respond(options, request, response).catch((error: unknown) => {
      if (error instanceof Refusal) error.send(response);
      // Else the client went away in the middle of its request.
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
  if (!body) throw new Refusal(413, "RequestTooLargeException", "The payload is larger than Lambda takes.");
  const result = await authProxy.authorizeRequest(request, body, {
    action: "lambda:InvokeFunction",
    resource: functionArn,
  });
  if (!result.allowed) throw new Refusal(403, result.errorType, result.message);
  const event = parseBody(body);
  if (type === "DryRun") {
    response.writeHead(204).end();
  } else if (type === "Event") {
    // As on Lambda nobody is told how it ends.
    void invoke(functionArn, event);
    response.writeHead(202, { "content-length": 0 }).end();
  } else if (type === "RequestResponse") {
    answer(response, version, await invoke(functionArn, event));
  } else {
    const message = `Expected X-Amz-Invocation-Type to be RequestResponse, Event or DryRun, got ${type}.`;
    throw new Refusal(400, "InvalidParameterValueException", message);
  }
}

function answer(response: ServerResponse, version: string, result: InvocationResult): void {
  const headers = { "content-type": "application/json", "x-amz-executed-version": version };
  if (result.outcome === "returned") {
    response.writeHead(200, headers).end(JSON.stringify(result.payload) ?? "null");
  } else if (result.outcome === "failed") {
    const { errorType, message: errorMessage } = result;
    response
      .writeHead(200, { ...headers, "x-amz-function-error": "Unhandled" })
      .end(JSON.stringify({ errorType, errorMessage }));
  } else if (result.outcome === "throttled") {
    throw new Refusal(429, "TooManyRequestsException", result.message);
  } else {
    throw new Refusal(500, "ServiceException", result.message);
  }
}

/** The function that a request names, with its qualifier, and the version that this is. */
function findFunction(
  functions: readonly DeclaredFunction[],
  { method, url = "" }: IncomingMessage,
): { readonly functionArn: string; readonly version: string } {
  const [, encoded, query] = INVOCATIONS.exec(url) ?? [];
  if (method !== "POST" || encoded === undefined) {
    throw new Refusal(404, "UnknownOperationException", "Of Lambda, only Invoke is served on this machine.");
  }
  const name = decode(encoded);
  const [, unqualified, plain, inName] = FUNCTION_NAME.exec(name) ?? [];
  const inQuery = new URLSearchParams(query).get("Qualifier") ?? undefined;
  if (inName !== undefined && inQuery !== undefined && inName !== inQuery) {
    const message = `Expected one qualifier, got ${inName} in the function's name and ${inQuery} beside it.`;
    throw new Refusal(400, "InvalidParameterValueException", message);
  }
  const qualifier = inName ?? inQuery;
  const fn = functions.find((each) => each.name === plain && each.arn.endsWith(unqualified ?? ""));
  if (!fn || (qualifier !== undefined && !qualifiers(fn).includes(qualifier))) {
    const wanted = [name, inName === undefined && inQuery].filter(Boolean).join(":");
    throw new Refusal(404, "ResourceNotFoundException", `Function not found: ${wanted}`);
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

/** The value of a JSON text; an empty object for no text at all, as Lambda has it. */
function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return parseEvent(body.toString());
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new Refusal(400, "InvalidRequestContentException", message);
  }
}

/** An error of Lambda's, in the form from which SDKs make their exceptions. */
class Refusal extends Error {
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
