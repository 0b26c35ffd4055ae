import { GraphError } from "#protocol/errors.ts";
import { formatValue } from "../../format-value.ts";
import type { ConnectionDetails } from "../operator-subscriptions.ts";
import { endsOf, nodeOf } from "./graph-ids.ts";
import { toRecord } from "./read-watched.ts";

/**
 * A connection, from a row of the traversal `connectionDetails`.
 * @throws {GraphError} `GRAPH_BAD_RESPONSE` for anything else.
 */
export function readConnection(row: unknown): ConnectionDetails {
  const { id, connectedAt, expiresAt, users, tickers, baskets } = toRecord(row);
  const node = typeof id === "string" ? nodeOf(id) : undefined;
  if (node?.kind !== "connection" || !Array.isArray(users)) {
    throw new GraphError("GRAPH_BAD_RESPONSE", `Expected a connection, got ${formatValue({ id, users })}.`);
  }
  const [edgeId] = users;
  return {
    id: node.id,
    connectedAt: new Date(toNumber(connectedAt)),
    expiresAt: new Date(toNumber(expiresAt)),
    ...(edgeId !== undefined && { userId: userOf(edgeId) }),
    tickers: toNumber(tickers),
    baskets: toNumber(baskets),
  };
}

/**
 * The user id at the start of an edge.
 * @throws {GraphError} `GRAPH_BAD_RESPONSE` unless the edge starts at a user.
 */
export function userOf(edgeId: unknown): string {
  const [from] = (typeof edgeId === "string" && endsOf(edgeId)) || [];
  if (from?.kind === "user") return from.id;
  throw new GraphError(
    "GRAPH_BAD_RESPONSE",
    `Expected the id of an edge of a user, got ${formatValue(edgeId)}.`,
  );
}

/**
 * `value` as a number. A 64-bit integer may arrive as a bigint.
 * @throws {GraphError} `GRAPH_BAD_RESPONSE` for anything else.
 */
export function toNumber(value: unknown): number {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw new GraphError("GRAPH_BAD_RESPONSE", `Expected a number, got ${formatValue(value)}.`);
}
