/**
 * The outcome of a post:
 * - `delivered`: API Gateway accepted the message.
 * - `gone`: the connection does not exist, or is not open yet.
 * - `too-large`: the message is larger than 128 KiB.
 * - `unreachable`: throttled, a slow reader, or a network or AWS fault, and the retries or the time of the caller are used up.
 * - `forbidden`: a fault of the deployment: the role lacks `execute-api:ManageConnections`, or the stage is wrong.
 */
export type PostOutcome = "delivered" | "gone" | "too-large" | "unreachable" | "forbidden";

/** Concurrent requests. More do not help: the CPU is the limit then, and the first posts start later (docs/performance.md). */
export const MAX_CONCURRENT_POSTS = 64;

/** Whether `text` has the format of a connection id: up to 128 characters of the base64 alphabet. */
export function isConnectionId(text: string): boolean {
  return /^[A-Za-z0-9+/_=-]{1,128}$/.test(text);
}

/**
 * The port to the WebSocket connections of API Gateway (`@connections`). It does not throw: every outcome is expected.
 * Callers need not limit concurrency. Each request is attempted once before any is retried or any connection closed.
 */
export interface Connections {
  /** Posts `data` to a connection as one text message. */
  post(connectionId: string, data: string): Promise<PostOutcome>;

  /** Closes a connection. @returns whether it is closed now; also true when it was closed before. */
  close(connectionId: string): Promise<boolean>;
}
