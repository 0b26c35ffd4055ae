const BASE_MS = 500;
const CAP_MS = 15_000;

/**
 * Exponential backoff in milliseconds with full jitter: random between 0 and a bound that doubles from 0.5 s to `capMs`.
 * Clients that were disconnected together do not reconnect together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param failures consecutive failures, at least 1.
 * @param random returns 0 to 1, such as `Math.random`.
 * @param capMs the largest bound. @default 15_000
 */
export function backoffMs(failures: number, random: () => number, capMs = CAP_MS): number {
  return random() * Math.min(capMs, BASE_MS * 2 ** (failures - 1));
}
