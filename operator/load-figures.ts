/** Collects the results of a load test. */
export class LoadFigures {
  readonly #latenciesMs: number[] = [];
  #quotes = 0;
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  /** Counts a successful post. @param quotes number of published quotes in it. */
  recordPublished(quotes: number, latencyMs: number): void {
    this.#quotes += quotes;
    this.#latenciesMs.push(latencyMs);
  }

  recordFailure(): void {
    this.#failures += 1;
  }

  /** @param elapsedMs since the start. */
  summarize(elapsedMs: number) {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
    return {
      seconds: round(elapsedMs / 1000),
      quotes: this.#quotes,
      posts: sorted.length + this.#failures,
      failures: this.#failures,
      quotesPerSecond: elapsedMs === 0 ? 0 : round((this.#quotes / elapsedMs) * 1000),
      p50Ms: round(at(0.5)),
      p99Ms: round(at(0.99)),
    };
  }
}

export type LoadSummary = ReturnType<LoadFigures["summarize"]>;

/** `30 s  200 quotes/s  0 failed  p50 12 ms  p99 40 ms`. */
export function describeLoad({ seconds, quotesPerSecond, failures, p50Ms, p99Ms }: LoadSummary): string {
  const ms = (value: number | null) => (value === null ? "–" : `${value} ms`);
  return `${seconds} s  ${quotesPerSecond} quotes/s  ${failures} failed  p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}`;
}

/** Rounded to one decimal; `null` for `undefined`, so that JSON keeps the key. */
function round(value: number): number;
function round(value: number | undefined): number | null;
function round(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10;
}
