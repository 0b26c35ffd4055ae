import type { Ports } from "../delivery/deliver.ts";

export interface ForgetAnswer {
  /** Whether the socket is closed, by this call or before. */
  readonly closed: boolean;
  /** Whether the connection is not in the graph, whether or not it ever was. */
  readonly forgotten: boolean;
}

/**
 * Closes the socket of a connection, then deletes the connection. Keeps one that could not be closed:
 * otherwise an open socket would silently stop receiving updates.
 * @throws {GraphError} when the connection could not be deleted. A retry is safe.
 */
export async function forgetConnection(
  { subscriptions, connections }: Ports,
  connectionId: string,
): Promise<ForgetAnswer> {
  if (!(await connections.close(connectionId))) return { closed: false, forgotten: false };
  await subscriptions.deleteConnection(connectionId);
  return { closed: true, forgotten: true };
}
