import pMap from "p-map";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import { watchAnswer } from "../answers.ts";
import { defineCommand, noWords } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { Operator } from "../invoke.ts";
import { expectPublished, postPrices } from "../post-prices.ts";
import { countOf } from "../quote-rows.ts";
import { inLots, samplePrices, sampleUser, sampleWatches, seededRandom } from "../samples.ts";
import { Progress, print } from "../terminal.ts";

const TICKERS = 2_000;
const USERS = 100;
/** At once; well under what the APIs' throttles let in. */
const CONCURRENCY = 4;

export const seed = defineCommand({
  usage: "seed",
  summary: "Fills the feed with sample tickers, prices and users",
  details: `2,000 tickers T0001 to T2000 with prices, and 100 users user001 to user100 who watch 10 to 30 of them each: the same
ones every time. Nothing is taken away, and repeating it costs each ticker a version. npm run ticker -- clean empties the feed.`,
  options: {},
  optionsHelp: [],
  async run({ words, options }) {
    noWords(words);
    const stack = await findStack(options);
    const random = seededRandom(2_463_534_242);
    const lots = inLots(samplePrices(TICKERS, random), MAX_PRICES_PER_POST);
    const lists = Array.from({ length: USERS }, (_, index) => ({
      userId: sampleUser(index + 1),
      tickers: sampleWatches(TICKERS, random),
    }));
    const progress = new Progress();
    const count = (what: string, all: number, each = 1) => {
      let done = 0;
      return () => {
        done += each;
        // A log needs no line for each.
        if (process.stderr.isTTY || done % 500 === 0 || done === all)
          progress.show(`${what} ${done.toLocaleString("en-US")} of ${all.toLocaleString("en-US")}`);
      };
    };
    try {
      const posted = count("Prices", TICKERS, MAX_PRICES_PER_POST);
      const post = async (lot: (typeof lots)[number]) => {
        expectPublished(await postPrices(stack, lot));
        posted();
      };
      await pMap(lots, post, { concurrency: CONCURRENCY });
      progress.end();
      const told = count("Users", USERS);
      using operator = new Operator(stack);
      const watch = async (list: (typeof lists)[number]) => {
        await operator.ask({ operation: "watch", ...list, baskets: [] }, watchAnswer);
        told();
      };
      await pMap(lists, watch, { concurrency: CONCURRENCY });
    } finally {
      progress.end();
    }
    print(
      `${countOf(TICKERS, "ticker")} and ${countOf(USERS, "user")} are in ${stack.title}. Try: npm run ticker -- user user003`,
    );
  },
});
