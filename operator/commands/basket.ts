import type * as v from "valibot";
import { MAX_TICKERS_PER_BASKET } from "#protocol/messages.ts";
import { basketAnswer, setBasketAnswer } from "../answers.ts";
import { defineCommand, JSON_HELP, JSON_OPTION, onlyWord, UsageError } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { Operator } from "../invoke.ts";
import { readBasketName, readTicker } from "../names.ts";
import { countOf, describeTold, describeVersion, formatQuotes } from "../quote-rows.ts";
import { print, printJson, printLines } from "../terminal.ts";

export const basket = defineCommand({
  usage: "basket NAME\nbasket NAME = TICKER…",
  summary: "Shows what a basket includes, or says what it includes from now on",
  details: `With = the tickers take the place of those that it included, and whoever watches it is told. At most ${MAX_TICKERS_PER_BASKET};
with none after = the basket is empty from then on. Mind the spaces around =.

  npm run ticker -- basket FAANG
  npm run ticker -- basket FAANG = META AAPL AMZN NFLX GOOG`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ words, options }) {
    const [first = "", equals, ...tickers] = words;
    if (equals !== undefined && equals !== "=") {
      throw new UsageError(`Expected basket NAME, or basket NAME = TICKER…, got basket ${words.join(" ")}.`);
    }
    const name = readBasketName(equals ? first : onlyWord(words, "a basket, such as FAANG"));
    const wanted = equals && [...new Set(tickers.map(readTicker))];
    using operator = new Operator(await findStack(options));
    if (!wanted) {
      const { raw, answer } = await operator.ask({ operation: "basket", name }, basketAnswer);
      if (options.json) return printJson(raw);
      return show(answer);
    }
    const { raw, answer } = await operator.ask(
      { operation: "basket", name, tickers: wanted },
      setBasketAnswer,
    );
    if (options.json) return printJson(raw);
    const { name: set, version, tickers: included } = answer.basket;
    print(`${set}  ${describeVersion(version)}  ${included.join(" ") || "empty"}`);
    print(describeTold(answer));
  },
});

function show({ basket: { name, version, tickers }, quotes, watchers }: v.InferOutput<typeof basketAnswer>) {
  print(
    `${name}  ${describeVersion(version)}  ${countOf(tickers.length, "ticker")}, ${countOf(watchers, "watcher")}`,
  );
  if (tickers.length > 0) printLines(["", ...formatQuotes(tickers, quotes)]);
}
