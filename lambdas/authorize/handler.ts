import type { Context } from "aws-lambda";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { logger } from "../log.ts";
import { readTokenIssuer } from "../tokens/read-token-issuer.ts";
import { createVerifyToken } from "../tokens/verify-token.ts";
import { type PolicyResponse, policyResponse, type SimpleResponse, simpleResponse } from "./answer.ts";
import { type Credential, parseRequest } from "./request.ts";

const verifyToken = createVerifyToken(readTokenIssuer());
const AUDIENCES = { watch: WATCH_AUDIENCE, publish: PUBLISH_AUDIENCE } as const;

/** Lambda authorizer for `$connect` of the WebSocket API and for the HTTP API. */
export async function handler(event: unknown, context: Context): Promise<PolicyResponse | SimpleResponse> {
  logger.addContext(context);
  const request = parseRequest(event);
  const { api, credential } = request;
  // API Gateway returns 401 for exactly this error message, and 500 for any other.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
  if (api === "watch" && credential.kind === "none") throw new Error("Unauthorized");
  const userId = await authenticate(api, credential);
  return api === "watch" ? policyResponse(request.methodArn, userId) : simpleResponse(userId);
}

/** The user of the token; `undefined` when it is rejected, with the reason in the log. */
async function authenticate(api: "watch" | "publish", credential: Credential): Promise<string | undefined> {
  const verification =
    credential.kind === "token" ? await verifyToken(credential.token, AUDIENCES[api]) : undefined;
  if (verification?.ok) return verification.subject;
  const problem =
    verification?.problem ??
    (credential.kind === "unreadable" ? credential.problem : "Expected a token, got none.");
  logger.info("Refused a token", { api, problem });
  return undefined;
}
