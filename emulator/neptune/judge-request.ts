import type { Report } from "../apigateway/model.ts";
import { writeErrorResponse } from "./graph-binary.ts";
import { type ErrorCode, neptuneError, STATUS_OF } from "./neptune-errors.ts";
import { type Access, readQueryAccess } from "./query-access.ts";

/** What becomes of a frame from a client: it goes to the graph, or is answered in the graph's place. */
export type Verdict = { readonly passes: true } | { readonly passes: false; readonly answer: Buffer };
export type Judge = (frame: Buffer, isBinary: boolean) => Promise<Verdict>;

export type Authorize = (
  access: Access,
) => Promise<{ readonly allowed: true } | { readonly allowed: false; readonly message: string }>;

/**
 * Lets a request pass when its sender may do all that its query could do. Asked in the order Read, Write, Delete; the first refusal
 * is the answer. That Neptune gives its error the status 403 on a WebSocket too follows from its table of error codes and is not said
 * anywhere: https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html
 */
export async function authorizeFrame(
  frame: Buffer,
  isBinary: boolean,
  authorize: Authorize,
  report: Report,
): Promise<Verdict> {
  if (!isBinary) return refusal(undefined, "BadRequestException", "Expected GraphBinary 1.0, got a text.");
  const query = readQueryAccess(frame);
  if (!query.ok) {
    return refusal(query.requestId, "BadRequestException", `The request cannot be read: ${query.problem}.`);
  }
  try {
    for (const access of query.access) {
      const decision = await authorize(access);
      if (!decision.allowed) return refusal(query.requestId, "AccessDeniedException", decision.message);
    }
  } catch (fault) {
    report(`The graph's door failed at a query: ${fault instanceof Error ? fault.stack : fault}`);
    return refusal(query.requestId, "InternalFailureException", "The door failed; its log says why.");
  }
  return { passes: true };
}

function refusal(requestId: string | undefined, code: ErrorCode, message: string): Verdict {
  const error = JSON.stringify(neptuneError(code, message, requestId));
  return { passes: false, answer: writeErrorResponse(requestId, STATUS_OF[code], error) };
}
