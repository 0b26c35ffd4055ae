/**
 * What became of a post:
 * - `delivered`: API Gateway has taken it for the socket.
 * - `gone`: there is no such connection, or no longer, or not yet.
 * - `too-large`: more than 128 KiB.
 * - `unreachable`: throttled, a client that does not read, or a fault of the network or of AWS; retries are spent.
 * - `forbidden`: our own fault: the role lacks `execute-api:ManageConnections`, or the stage is wrong.
 */
export type PostOutcome = "delivered" | "gone" | "too-large" | "unreachable" | "forbidden";

/** The sockets that API Gateway holds for us (`@connections`). Nothing here throws: each outcome is expected. */
export interface Connections {
  /** Sends `data` to a connection as one text message. */
  post(connectionId: string, data: string): Promise<PostOutcome>;

  /** Closes a connection. @returns whether it is closed now, also when it was already. */
  close(connectionId: string): Promise<boolean>;
}
