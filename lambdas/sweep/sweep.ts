import { GraphError } from "#protocol/errors.ts";
import type { Subscriptions } from "../graph/subscriptions.ts";

/** Connections dropped at once: few enough to be one short transaction, unless they watch hundreds of things each. */
const LARGEST_STEP = 200;

/**
 * Forgets connections whose time was over before `now`: API Gateway has closed them, but its `$disconnect` is best effort.
 * In steps of 200, for as long as `hasTime`; the next sweep does the rest. A step that takes the graph too long is halved, else
 * the next sweep would begin with the same one.
 * @returns how many were forgotten, and whether none is left.
 * @throws {GraphError} when the graph could not be asked, or not even a step of one came to an end in time.
 */
export async function sweep(
  subscriptions: Pick<Subscriptions, "forgetExpired">,
  now: Date,
  hasTime: () => boolean,
): Promise<{ readonly forgotten: number; readonly isDone: boolean }> {
  let forgotten = 0;
  let step = LARGEST_STEP;
  for (;;) {
    try {
      const found = await subscriptions.forgetExpired(now, step);
      forgotten += found;
      if (found < step) return { forgotten, isDone: true };
      if (!hasTime()) return { forgotten, isDone: false };
    } catch (error) {
      const isTooMuch = error instanceof GraphError && error.code === "GRAPH_TIMEOUT";
      if (!isTooMuch || step === 1 || !hasTime()) throw error;
      step = Math.ceil(step / 2);
    }
  }
}
