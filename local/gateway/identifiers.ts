import { randomBytes } from "node:crypto";

/** 11 bytes are 15 characters and one `=` in base64: the form of all of API Gateway's own ids. */
const ID_BYTES = 11;

const CONNECTION_ID = /^[A-Za-z0-9_-]{15}=$/;

/**
 * A new connection id in AWS's form, `TkJq1cKoIAMCJ8g=`: 16 characters of URL-safe base64 (AWS's own hold `-` and `_`)
 * that end in `=`. 88 random bits, so neither guessed nor repeated.
 */
export function createConnectionId(): string {
  return createId();
}

/** Whether `text` has the form of a connection id. AWS tells a malformed id (400) from one that is gone (410). */
export function isConnectionId(text: string): boolean {
  return CONNECTION_ID.test(text);
}

/** A new request or message id. AWS writes them just like connection ids. */
export function createRequestId(): string {
  return createId();
}

/**
 * A new value of `X-Amzn-Trace-Id`, `Root=1-{8 digits: seconds since 1970}-{24 digits: random}`, all hexadecimal.
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
