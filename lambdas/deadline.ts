import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "aws-lambda";

/*
 * Beside the calls and not a parameter of each: everything that waits or tries again heeds it, several ports deep, and no flow
 * function has to do with it.
 */
const deadlines = new AsyncLocalStorage<number>();

/**
 * What is kept of a Lambda's time, so that it answers before it is killed: whatever was begun at the last moment ends within
 * it (a post after 3 s, opening a connection to the graph after 2.5 s).
 */
const RESERVE_MS = 5_000;

/** What `work` returns; {@link timeLeftMs} tells all that it calls how much of `timeMs` is left. */
export async function within<Result>(timeMs: number, work: () => Promise<Result>): Promise<Result> {
  return await deadlines.run(performance.now() + timeMs, work);
}

/** {@link within} the time that this invocation of a Lambda still has, less some seconds to end what was begun. */
export async function withinInvocation<Result>(
  context: Pick<Context, "getRemainingTimeInMillis">,
  work: () => Promise<Result>,
): Promise<Result> {
  return await within(context.getRemainingTimeInMillis() - RESERVE_MS, work);
}

/** How long something new may still be begun, in milliseconds: none when it is 0 or less, for ever outside {@link within}. */
export function timeLeftMs(): number {
  const deadlineMs = deadlines.getStore();
  return deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - performance.now();
}
