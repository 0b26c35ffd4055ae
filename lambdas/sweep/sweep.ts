import type { Subscriptions } from "../subscriptions/subscriptions.ts";

/** Connections dropped at once: few enough to be one short transaction. */
const STEP = 200;

/**
 * Forgets connections whose time was over before `now`: API Gateway has closed them, but its `$disconnect` is best effort.
 * In steps of 200, for as long as `hasTime`; the next sweep does the rest.
 * @returns how many were forgotten, and whether none is left.
 * @throws {GraphError} when the graph could not be asked.
 */
export async function sweep(
  subscriptions: Pick<Subscriptions, "forgetExpired">,
  now: Date,
  hasTime: () => boolean,
): Promise<{ readonly forgotten: number; readonly isDone: boolean }> {
  let forgotten = 0;
  for (;;) {
    const found = await subscriptions.forgetExpired(now, STEP);
    forgotten += found;
    if (found < STEP) return { forgotten, isDone: true };
    if (!hasTime()) return { forgotten, isDone: false };
  }
}
