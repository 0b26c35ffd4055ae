import { GraphError } from "#protocol/errors.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";

/** Connections per transaction: short enough unless each has hundreds of subscriptions. */
const LARGEST_STEP = 200;

/**
 * Deletes connections that expired before `now`: API Gateway has closed them, but `$disconnect` is best
 * effort. Deletes 200 at a time while `hasTime`; the next sweep does the rest. A step that times out is
 * halved, because the next sweep would repeat it.
 * @returns the number of deleted connections, and whether none is left.
 * @throws {GraphError} when the graph failed, or timed out on a single connection or without time left.
 */
export async function sweep(
  subscriptions: Pick<Subscriptions, "deleteExpired">,
  now: Date,
  hasTime: () => boolean,
): Promise<{ readonly deleted: number; readonly isDone: boolean }> {
  let deleted = 0;
  let step = LARGEST_STEP;
  for (;;) {
    try {
      const found = await subscriptions.deleteExpired(now, step);
      deleted += found;
      if (found < step) return { deleted, isDone: true };
      if (!hasTime()) return { deleted, isDone: false };
    } catch (error) {
      const isTimeout = error instanceof GraphError && error.code === "GRAPH_TIMEOUT";
      if (!isTimeout || step === 1 || !hasTime()) throw error;
      step = Math.ceil(step / 2);
    }
  }
}
