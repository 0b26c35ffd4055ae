import type { Ports } from "../delivery/deliver.ts";

export interface ForgetAnswer {
  /** Whether its socket is closed now, also when it was already. */
  readonly closed: boolean;
  /** Whether the graph does not know it now, also when it never did. */
  readonly forgotten: boolean;
}

/**
 * Closes the socket of a connection, then forgets it. One that could not be closed is kept: on a socket that lives on
 * unknown nobody would be told anything, and see no reason to come back.
 * @throws {GraphError} when it could not be forgotten. Repeating is harmless.
 */
export async function forgetConnection(
  { subscriptions, connections }: Ports,
  connectionId: string,
): Promise<ForgetAnswer> {
  if (!(await connections.close(connectionId))) return { closed: false, forgotten: false };
  await subscriptions.forget(connectionId);
  return { closed: true, forgotten: true };
}
