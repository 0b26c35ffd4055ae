import { setTimeout as sleep } from "node:timers/promises";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import type { Price } from "#protocol/quote.ts";
import { CommandError, defineCommand, expectNoArgs, JSON_OPTION, readNumber } from "../command.ts";
import { findStack, type Stack } from "../find-stack.ts";
import { describeLoad, LoadFigures } from "../load-figures.ts";
import { postPrices } from "../post-prices.ts";
import { countOf } from "../quote-rows.ts";
import { movePrice, samplePrices, seededRandom } from "../samples.ts";
import type { EndSignal } from "../signals.ts";
import { Progress } from "../terminal.ts";

const TICK_MS = 100;
const PROGRESS_MS = 1_000;
/** Concurrent posts. Limits the load on a feed that is slower than the requested rate. */
const MAX_IN_FLIGHT = 20;

export const load = defineCommand({
  usage: "load [--tickers N] [--rate N] [--seconds N]",
  summary: "Publishes random prices at a given rate and measures the latency",
  details: `Each post contains up to 100 quotes of the tickers from T0001. The latency is the time from a post to its
response, when the quotes are delivered to all watchers, or queued above directWatchers. If the feed is too
slow, the achieved rate is lower than --rate. Ctrl-C stops early and prints the summary.
A deployed stack accepts publishRateLimit posts per second, and AWS bills them.

  npm run ticker -- load --tickers 50 --rate 200 --seconds 30`,
  options: {
    ...JSON_OPTION,
    tickers: { type: "string", default: "50" },
    rate: { type: "string", default: "200" },
    seconds: { type: "string", default: "30" },
  },
  optionsHelp: [
    "  --tickers N       number of tickers, 1 to 2000 (default 50)",
    "  --rate N          quotes per second, 1 to 100000 (default 200)",
    "  --seconds N       duration, 1 to 86400 (default 30)",
    "  --json            print the summary as JSON",
  ],
  async run({ args, options, terminal, listenForEndSignal }) {
    expectNoArgs(args);
    const tickers = readNumber(options.tickers, { option: "tickers", min: 1, max: 2_000 });
    const rate = readNumber(options.rate, { option: "rate", min: 1, max: 100_000 });
    const seconds = readNumber(options.seconds, { option: "seconds", min: 1, max: 86_400 });
    const run = new LoadRun(await findStack(options), tickers, rate);
    using end = listenForEndSignal();
    const summary = await run.run(seconds * 1000, end, new Progress(terminal));
    if (options.json) terminal.printJson(summary);
    else {
      terminal.print(`${countOf(summary.quotes, "quote")} in ${countOf(summary.posts, "post")}`);
      terminal.print(describeLoad(summary));
    }
    if (summary.failures > 0) {
      throw new CommandError(
        `${summary.failures} of ${countOf(summary.posts, "post")} failed. Last error: ${run.lastFailure}`,
      );
    }
  },
});

class LoadRun {
  lastFailure = "";
  readonly #stack: Stack;
  readonly #rate: number;
  readonly #random = seededRandom(Date.now());
  readonly #prices: Price[];
  readonly #figures = new LoadFigures();
  readonly #inFlight = new Set<Promise<void>>();
  /** Round-robin position in {@link #prices}. */
  #nextIndex = 0;
  #isRejected = false;

  constructor(stack: Stack, tickerCount: number, rate: number) {
    this.#stack = stack;
    this.#rate = rate;
    this.#prices = [...samplePrices(tickerCount, this.#random)];
  }

  /** @throws {CommandError} when the service rejects a post with an error that a retry cannot fix. */
  async run(durationMs: number, end: EndSignal, progress: Progress) {
    const startedMs = performance.now();
    const elapsedMs = () => performance.now() - startedMs;
    let isEnded = false;
    void end.received.then(() => {
      isEnded = true;
    });
    let sent = 0;
    let shownMs = 0;
    try {
      while (!isEnded && !this.#isRejected && elapsedMs() < durationMs) {
        // Quotes that could not be sent in time are skipped, to avoid a burst.
        const due = Math.floor((elapsedMs() * this.#rate) / 1000);
        this.#post(due - sent);
        sent = due;
        if (elapsedMs() - shownMs >= PROGRESS_MS) {
          shownMs = elapsedMs();
          progress.show(describeLoad(this.#figures.summarize(shownMs)));
        }
        await sleep(TICK_MS);
      }
      this.#post(Math.floor((Math.min(elapsedMs(), durationMs) * this.#rate) / 1000) - sent);
      await Promise.all(this.#inFlight);
    } finally {
      progress.end();
    }
    if (this.#isRejected) throw new CommandError(this.lastFailure);
    return this.#figures.summarize(elapsedMs());
  }

  #post(count: number): void {
    // Each ticker at most once per post: of duplicates only the last price is published.
    const size = Math.min(MAX_PRICES_PER_POST, this.#prices.length);
    for (let left = count; left > 0 && this.#inFlight.size < MAX_IN_FLIGHT; left -= size) {
      const post = this.#postOnce(this.#next(Math.min(left, size)));
      this.#inFlight.add(post);
      void post.finally(() => this.#inFlight.delete(post));
    }
  }

  async #postOnce(prices: readonly Price[]): Promise<void> {
    const startedMs = performance.now();
    const posted = await postPrices(this.#stack, prices);
    if (posted.outcome === "published") {
      const { quotes, superseded } = posted.summary;
      // Concurrent posts may supersede each other; superseded quotes count as published.
      this.#figures.recordPublished(quotes + superseded, performance.now() - startedMs);
      return;
    }
    this.#figures.recordFailure();
    this.lastFailure = posted.message;
    this.#isRejected ||= posted.isPermanent;
  }

  /** The next `count` prices, round-robin over the tickers. */
  #next(count: number): readonly Price[] {
    return Array.from({ length: count }, () => {
      const index = this.#nextIndex++ % this.#prices.length;
      const { ticker, priceCents } = this.#prices[index] as Price;
      const price = { ticker, priceCents: movePrice(priceCents, this.#random) };
      this.#prices[index] = price;
      return price;
    });
  }
}
