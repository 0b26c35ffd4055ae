import { setTimeout as sleep } from "node:timers/promises";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import type { Price } from "#protocol/quote.ts";
import { CommandError, defineCommand, JSON_OPTION, noWords, readNumber } from "../command.ts";
import { findStack, type Stack } from "../find-stack.ts";
import { describeLoad, LoadFigures } from "../load-figures.ts";
import { postPrices } from "../post-prices.ts";
import { countOf } from "../quote-rows.ts";
import { samplePrices, seededRandom, walk } from "../samples.ts";
import { endSignal } from "../signals.ts";
import { Progress, print, printJson } from "../terminal.ts";

const TICK_MS = 100;
const PROGRESS_MS = 1_000;
/** Posts under way at once; a feed that is slower than asked for gets no more than it can take. */
const MAX_IN_FLIGHT = 20;

export const load = defineCommand({
  usage: "load [--tickers N] [--rate N] [--seconds N]",
  summary: "Publishes random walks of many tickers at a rate, and measures",
  details: `The tickers are T0001 and on, up to 100 quotes in a post. What is measured is the time from a post to its answer: by then all
watchers are told, or queued when they are many. Ctrl-C ends it early, with the summary. A feed that cannot keep up is asked
for less: compare the rate achieved. A deployed stack lets in publishRateLimit posts a second, and what it does is billed.

  npm run ticker -- load --tickers 50 --rate 200 --seconds 30`,
  options: {
    ...JSON_OPTION,
    tickers: { type: "string", default: "50" },
    rate: { type: "string", default: "200" },
    seconds: { type: "string", default: "30" },
  },
  optionsHelp: [
    "  --tickers N       how many tickers, 1 to 2000; 50 unless given",
    "  --rate N          quotes a second, 1 to 100000; 200 unless given",
    "  --seconds N       for how long, 1 to 86400; 30 unless given",
    "  --json            the summary as JSON",
  ],
  async run({ words, options }) {
    noWords(words);
    const tickers = readNumber(options.tickers, { option: "tickers", min: 1, max: 2_000 });
    const rate = readNumber(options.rate, { option: "rate", min: 1, max: 100_000 });
    const seconds = readNumber(options.seconds, { option: "seconds", min: 1, max: 86_400 });
    const run = new LoadRun(await findStack(options), tickers, rate);
    const summary = await run.run(seconds * 1000);
    if (options.json) printJson(summary);
    else {
      print(`${countOf(summary.quotes, "quote")} in ${countOf(summary.posts, "post")}`);
      print(describeLoad(summary));
    }
    if (summary.failures > 0) {
      throw new CommandError(
        `${summary.failures} of ${countOf(summary.posts, "post")} failed. The last: ${run.lastFailure}`,
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
  /** The ticker whose turn it is. */
  #turn = 0;
  #isRefused = false;

  constructor(stack: Stack, tickerCount: number, rate: number) {
    this.#stack = stack;
    this.#rate = rate;
    this.#prices = [...samplePrices(tickerCount, this.#random)];
  }

  /** @throws {CommandError} when the service refuses for a reason that repeating does not change. */
  async run(durationMs: number) {
    const startedMs = performance.now();
    const elapsedMs = () => performance.now() - startedMs;
    const progress = new Progress();
    using end = endSignal();
    let isEnded = false;
    void end.arrived.then(() => {
      isEnded = true;
    });
    let sent = 0;
    let shownMs = 0;
    try {
      while (!isEnded && !this.#isRefused && elapsedMs() < durationMs) {
        // What could not be sent in time is not made good later: it would come in a heap.
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
    if (this.#isRefused) throw new CommandError(this.lastFailure);
    return this.#figures.summarize(elapsedMs());
  }

  #post(count: number): void {
    // A ticker comes once in a post: of one given twice only the last price counts.
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
      // A post that is overtaken by a later one of the same ticker has been published all the same.
      this.#figures.published(quotes + superseded, performance.now() - startedMs);
      return;
    }
    this.#figures.failed();
    this.lastFailure = posted.message;
    this.#isRefused ||= posted.isLasting;
  }

  /** The next prices of those whose turn it is. */
  #next(count: number): readonly Price[] {
    return Array.from({ length: count }, () => {
      const index = this.#turn++ % this.#prices.length;
      const { ticker, priceCents } = this.#prices[index] as Price;
      const price = { ticker, priceCents: walk(priceCents, this.#random) };
      this.#prices[index] = price;
      return price;
    });
  }
}
