import { setTimeout as sleep } from "node:timers/promises";
import { timeLeftMs } from "./deadline.ts";

export interface RetryPolicy {
  /** How often in all, the first time included. */
  readonly attempts: number;
  /** The longest wait before the second attempt, in milliseconds; it doubles with each further one. */
  readonly baseMs: number;
  /** No wait is longer than this. */
  readonly capMs: number;
  /** No further attempt is begun when this much time has passed since the first. */
  readonly giveUpAfterMs: number;
}

/** Counts the attempts at one thing, and waits between them. */
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
   * Resolves when the next attempt may begin. The wait is random between nothing and its bound (full jitter), so that
   * those who collided do not meet again: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
   * @throws `error` itself, when it is not transient, or the attempts or the time of the caller are spent.
   */
  async afterFailure(error: unknown): Promise<void> {
    const { attempts, baseMs, capMs, giveUpAfterMs } = this.#policy;
    this.#failed += 1;
    const waitMs = Math.random() * Math.min(capMs, baseMs * 2 ** (this.#failed - 1));
    const isSpent = this.#failed >= attempts || performance.now() - this.#startedMs > giveUpAfterMs;
    if (isSpent || waitMs >= timeLeftMs() || !this.#isTransient(error)) throw error;
    await sleep(waitMs);
  }
}

/**
 * What `operation` returns, tried again while it throws what `isTransient` allows.
 * @throws what the last attempt threw, or the first error that is not transient.
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
