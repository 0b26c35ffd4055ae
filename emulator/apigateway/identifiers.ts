import { randomBytes } from "node:crypto";

/** 11 bytes are 15 base64 characters and one `=`, the format of all API Gateway ids. */
const ID_BYTES = 11;

const CONNECTION_ID = /^[A-Za-z0-9_-]{15}=$/;

/**
 * A new connection id in AWS format, such as `TkJq1cKoIAMCJ8g=`: 88 random bits in URL-safe base64, so that
 * ids are unique and cannot be guessed.
 */
export function createConnectionId(): string {
  return createId();
}

/** Whether `text` is a well-formed connection id. AWS returns 400 for malformed ids, 410 for unknown ones. */
export function isConnectionId(text: string): boolean {
  return CONNECTION_ID.test(text);
}

/** A new request or message id, in the same format as connection ids. */
export function createRequestId(): string {
  return createId();
}

/**
 * A new `X-Amzn-Trace-Id`: `Root=1-{seconds since 1970, 8 hex digits}-{24 random hex digits}`.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
 */
export function createTraceId(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, "0");
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")}`;
}

function createId(): string {
  return `${randomBytes(ID_BYTES).toString("base64url")}=`;
}
