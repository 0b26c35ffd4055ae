import { randomUUID } from "node:crypto";

/** How Neptune words an error, in the body of an HTTP answer as in the status message of a Gremlin response. */
export interface NeptuneError {
  readonly requestId: string;
  readonly code: ErrorCode;
  readonly detailedMessage: string;
}

/** Those that this stack says itself, with their statuses: https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html */
export const STATUS_OF = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  InternalFailureException: 500,
} as const;
export type ErrorCode = keyof typeof STATUS_OF;

export const neptuneError = (
  code: ErrorCode,
  detailedMessage: string,
  requestId: string = randomUUID(),
): NeptuneError => ({ requestId, code, detailedMessage });
