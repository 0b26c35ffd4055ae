import { setTimeout as sleep } from "node:timers/promises";
import { timeLeftMs } from "./deadline.ts";

export interface RetryPolicy {
  /** The maximum number of attempts, including the first. */
  readonly attempts: number;
  /** The maximum backoff before the second attempt, in milliseconds; doubles with each further attempt. */
  readonly baseMs: number;
  /** The limit of each backoff, in milliseconds. */
  readonly capMs: number;
  /** No attempt starts later than this after the first, in milliseconds. */
  readonly giveUpAfterMs: number;
}

/** Counts the attempts of one operation, and waits between them. */
export class Attempts {
  readonly #policy: RetryPolicy;
  readonly #isTransient: (error: unknown) => boolean;
  readonly #startedMs = performance.now();
  #failed = 0;

  constructor(policy: RetryPolicy, isTransient: (error: unknown) => boolean) {
    this.#policy = policy;
    this.#isTransient = isTransient;
  }

  /**
   * Resolves when the next attempt may start. Exponential backoff with full jitter, so that clients do not retry in lockstep:
   * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
   * @throws `error` when it is not transient, or no attempts or no time are left.
   */
  async afterFailure(error: unknown): Promise<void> {
    const { attempts, baseMs, capMs, giveUpAfterMs } = this.#policy;
    this.#failed += 1;
    const waitMs = Math.random() * Math.min(capMs, baseMs * 2 ** (this.#failed - 1));
    const isExhausted = this.#failed >= attempts || performance.now() - this.#startedMs > giveUpAfterMs;
    if (isExhausted || waitMs >= timeLeftMs() || !this.#isTransient(error)) throw error;
    await sleep(waitMs);
  }
}

/**
 * The result of `operation`, retried while its errors are transient.
 * @throws the error of the last attempt, or the first error that is not transient.
 */
export async function retry<Result>(
  policy: RetryPolicy,
  isTransient: (error: unknown) => boolean,
  operation: () => Promise<Result>,
): Promise<Result> {
  const attempts = new Attempts(policy, isTransient);
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      await attempts.afterFailure(error);
    }
  }
}
