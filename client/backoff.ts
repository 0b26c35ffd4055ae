const BASE_MS = 500;
const CAP_MS = 15_000;

/**
 * How long to wait after `failures` failures in a row, in milliseconds: random between nothing and a bound that doubles
 * from 0.5 s to `capMs` (full jitter), so that pages that lost their sockets together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param failures 1 after the first.
 * @param random 0 to 1, as `Math.random` gives.
 * @param capMs the largest bound. @default 15 s
 */
export function backoffMs(failures: number, random: () => number, capMs = CAP_MS): number {
  return random() * Math.min(capMs, BASE_MS * 2 ** (failures - 1));
}
