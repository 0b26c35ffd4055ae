/**
 * What became of a post:
 * - `delivered`: API Gateway has taken it for the socket.
 * - `gone`: there is no such connection, or no longer, or not yet.
 * - `too-large`: more than 128 KiB.
 * - `unreachable`: throttled, a client that does not read, or a fault of the network or of AWS; retries are spent, or the time
 *   that the caller has.
 * - `forbidden`: our own fault: the role lacks `execute-api:ManageConnections`, or the stage is wrong.
 */
export type PostOutcome = "delivered" | "gone" | "too-large" | "unreachable" | "forbidden";

/**
 * Requests that may be under way at once. Past some dozens it is the CPU that decides, not the network, and more only hold up
 * the first: each is prepared before any of them is sent (docs/performance.md).
 */
export const POSTS_AT_ONCE = 64;

/**
 * Whether a text can be a connection's id. They are opaque, in the alphabet of base64; anything else would not even make
 * the path of a request.
 */
export function isConnectionId(text: string): boolean {
  return /^[A-Za-z0-9+/_=-]{1,128}$/.test(text);
}

/**
 * The sockets that API Gateway holds for us (`@connections`). Nothing here throws: each outcome is expected. As much as is
 * wanted may be asked at once: it takes turns, and each is tried once before any is tried again or closed.
 */
export interface Connections {
  /** Sends `data` to a connection as one text message. */
  post(connectionId: string, data: string): Promise<PostOutcome>;

  /** Closes a connection. @returns whether it is closed now, also when it was already. */
  close(connectionId: string): Promise<boolean>;
}
