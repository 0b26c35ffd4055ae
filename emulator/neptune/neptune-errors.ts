import { randomUUID } from "node:crypto";

/** A Neptune error, in HTTP response bodies and in the status message of Gremlin responses. */
export interface NeptuneError {
  readonly requestId: string;
  readonly code: ErrorCode;
  readonly detailedMessage: string;
}

/** The errors of the graph proxy with their status codes: https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html */
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
