import type { Context } from "aws-lambda";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { logger } from "../log.ts";
import { readTokenIssuer } from "../tokens/read-token-issuer.ts";
import { createVerifyToken } from "../tokens/verify-token.ts";
import { type PolicyAnswer, policyAnswer, type SimpleAnswer, simpleAnswer } from "./answer.ts";
import { type Offer, parseRequest } from "./request.ts";

const verifyToken = createVerifyToken(readTokenIssuer());
const AUDIENCES = { watch: WATCH_AUDIENCE, publish: PUBLISH_AUDIENCE } as const;

/** The authorizer of both APIs: of the WebSocket API's `$connect`, and of the HTTP API. */
export async function handler(event: unknown, context: Context): Promise<PolicyAnswer | SimpleAnswer> {
  logger.addContext(context);
  const request = parseRequest(event);
  const { api, offer } = request;
  // This very text is how an authorizer asks API Gateway for a 401; any other error becomes a 500.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
  if (api === "watch" && offer.kind === "none") throw new Error("Unauthorized");
  const userId = await identify(api, offer);
  return api === "watch" ? policyAnswer(request.methodArn, userId) : simpleAnswer(userId);
}

/** The user whose token is offered; `undefined` when it is refused, with the reason in the log. */
async function identify(api: "watch" | "publish", offer: Offer): Promise<string | undefined> {
  const verdict = offer.kind === "token" ? await verifyToken(offer.token, AUDIENCES[api]) : undefined;
  if (verdict?.ok) return verdict.subject;
  const problem =
    verdict?.problem ?? (offer.kind === "unreadable" ? offer.problem : "Expected a token, got none.");
  logger.info("Refused a token", { api, problem });
  return undefined;
}
