const BASE_MS = 500;
const CAP_MS = 10_000;

/**
 * How long to wait after `failures` failures in a row, in milliseconds: random between nothing and a bound that doubles
 * from 0.5 s to 10 s (full jitter), so that pages that lost their sockets together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param failures 1 after the first.
 * @param random 0 to 1, as `Math.random` gives.
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
}
