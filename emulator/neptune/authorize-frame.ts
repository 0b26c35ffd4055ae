import type { Report } from "../apigateway/model.ts";
import { writeErrorResponse } from "./graph-binary.ts";
import { type ErrorCode, neptuneError, STATUS_OF } from "./neptune-errors.ts";
import { type DataAccess, readQueryAccess } from "./query-access.ts";

/** Whether a client frame is forwarded to the graph; if not, the error response for the client. */
export type FrameCheck = { readonly allowed: true } | { readonly allowed: false; readonly response: Buffer };
export type CheckFrame = (frame: Buffer, isBinary: boolean) => Promise<FrameCheck>;

export type Authorize = (
  access: DataAccess,
) => Promise<{ readonly allowed: true } | { readonly allowed: false; readonly message: string }>;

/**
 * Authorizes every access that a query requires, in the order Read, Write, Delete; the first denial is the
 * response. That Neptune sends status 403 also on a WebSocket is an assumption from its table of error codes:
 * https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html
 */
export async function authorizeFrame(
  frame: Buffer,
  isBinary: boolean,
  authorize: Authorize,
  report: Report,
): Promise<FrameCheck> {
  if (!isBinary) return refuse(undefined, "BadRequestException", "Expected GraphBinary 1.0, got text.");
  const query = readQueryAccess(frame);
  if (!query.ok) {
    return refuse(query.requestId, "BadRequestException", `Malformed request: ${query.problem}.`);
  }
  try {
    for (const access of query.access) {
      const decision = await authorize(access);
      if (!decision.allowed) return refuse(query.requestId, "AccessDeniedException", decision.message);
    }
  } catch (fault) {
    report(
      `Internal error of the graph proxy during a query: ${fault instanceof Error ? fault.stack : fault}`,
    );
    const message = "Internal error of the graph proxy. See the log of the stack.";
    return refuse(query.requestId, "InternalFailureException", message);
  }
  return { allowed: true };
}

function refuse(requestId: string | undefined, code: ErrorCode, message: string): FrameCheck {
  const error = JSON.stringify(neptuneError(code, message, requestId));
  return { allowed: false, response: writeErrorResponse(requestId, STATUS_OF[code], error) };
}
