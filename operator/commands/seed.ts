import pMap from "p-map";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import { watchAnswer } from "../answers.ts";
import { defineCommand, expectNoArgs } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";
import { expectPublished, postPrices } from "../post-prices.ts";
import { countOf } from "../quote-rows.ts";
import { chunk, samplePrices, sampleUser, sampleWatches, seededRandom } from "../samples.ts";
import { Progress } from "../terminal.ts";

const TICKERS = 2_000;
const USERS = 100;
/** Concurrent requests, well below the throttles of the APIs. */
const CONCURRENCY = 4;

export const seed = defineCommand({
  usage: "seed",
  summary: "Adds sample tickers, prices and users",
  details: `Publishes prices of 2,000 tickers (T0001 to T2000) and creates 100 users (user001 to user100) with 10 to 30
tickers each; the same data in every run. Existing data is kept. To empty the feed: npm run ticker -- clean`,
  options: {},
  optionsHelp: [],
  async run({ args, options, terminal }) {
    expectNoArgs(args);
    const stack = await findStack(options);
    const random = seededRandom(2_463_534_242);
    const chunks = chunk(samplePrices(TICKERS, random), MAX_PRICES_PER_POST);
    const lists = Array.from({ length: USERS }, (_, index) => ({
      userId: sampleUser(index + 1),
      tickers: sampleWatches(TICKERS, random),
    }));
    const progress = new Progress(terminal);
    const createCounter = (title: string, total: number, step = 1) => {
      let done = 0;
      return () => {
        done += step;
        // Outside a terminal every call adds a line, so show only each 500th.
        if (terminal.streams.stderr.isTTY || done % 500 === 0 || done === total)
          progress.show(`${title} ${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`);
      };
    };
    try {
      const countPosted = createCounter("Prices", TICKERS, MAX_PRICES_PER_POST);
      const post = async (prices: (typeof chunks)[number]) => {
        expectPublished(await postPrices(stack, prices));
        countPosted();
      };
      await pMap(chunks, post, { concurrency: CONCURRENCY });
      progress.end();
      const countUser = createCounter("Users", USERS);
      using client = new OperateClient(stack);
      const watch = async (list: (typeof lists)[number]) => {
        await client.invoke({ operation: "watch", ...list, baskets: [] }, watchAnswer);
        countUser();
      };
      await pMap(lists, watch, { concurrency: CONCURRENCY });
    } finally {
      progress.end();
    }
    terminal.print(
      `Added ${countOf(TICKERS, "ticker")} and ${countOf(USERS, "user")} to ${stack.title}. Try: npm run ticker -- user user003`,
    );
  },
});
