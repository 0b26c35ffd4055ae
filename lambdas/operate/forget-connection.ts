import type { Ports } from "../connections/deliver.ts";

export interface ForgetAnswer {
  /** Whether its socket is closed now, also when it was already. */
  readonly closed: boolean;
  /** Not when it could not be closed. */
  readonly forgotten: boolean;
}

/**
 * Closes the socket of a connection, then forgets it. In this order, and never the one without the other: a socket that lives
 * on unknown is told nothing.
 * @throws {GraphError} when it could not be forgotten. Repeating is harmless.
 */
export async function forgetConnection(
  { subscriptions, connections }: Ports,
  connectionId: string,
): Promise<ForgetAnswer> {
  const closed = await connections.close(connectionId);
  if (closed) await subscriptions.forget(connectionId);
  return { closed, forgotten: closed };
}
