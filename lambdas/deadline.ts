import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "aws-lambda";

/* AsyncLocalStorage instead of a parameter: waits and retries use the deadline several ports deep. */
const deadlines = new AsyncLocalStorage<number>();

/** The part of the invocation time reserved for requests in flight: a post takes up to 3 s, opening the graph up to 2.5 s. */
const RESERVE_MS = 5_000;

/** The result of `work`. Within it {@link timeLeftMs} returns the time left of `timeMs`. */
export async function within<Result>(timeMs: number, work: () => Promise<Result>): Promise<Result> {
  return await deadlines.run(performance.now() + timeMs, work);
}

/** The result of `work`, {@link within} the remaining time of the Lambda invocation less 5 s. */
export async function withinInvocation<Result>(
  context: Pick<Context, "getRemainingTimeInMillis">,
  work: () => Promise<Result>,
): Promise<Result> {
  return await within(context.getRemainingTimeInMillis() - RESERVE_MS, work);
}

/** The time until the deadline in milliseconds. Start no request when it is 0 or less. `Infinity` outside {@link within}. */
export function timeLeftMs(): number {
  const deadlineMs = deadlines.getStore();
  return deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - performance.now();
}
