import type * as v from "valibot";
import { MAX_TICKERS_PER_BASKET } from "#protocol/messages.ts";
import { basketAnswer, setBasketAnswer } from "../answers.ts";
import { defineCommand, expectOneArg, JSON_HELP, JSON_OPTION, UsageError } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";
import { readBasketName, readTicker } from "../names.ts";
import { countOf, describeDelivery, describeVersion, formatQuotes } from "../quote-rows.ts";
import type { Terminal } from "../terminal.ts";

export const basket = defineCommand({
  usage: "basket NAME\nbasket NAME = TICKER…",
  summary: "Shows or sets the tickers of a basket",
  details: `With = the given tickers replace those of the basket, at most ${MAX_TICKERS_PER_BASKET}, and its watchers receive
the change. basket NAME = without tickers empties the basket. The spaces around = are required.

  npm run ticker -- basket FAANG
  npm run ticker -- basket FAANG = META AAPL AMZN NFLX GOOG`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ args, options, terminal }) {
    const [first = "", equals, ...tickers] = args;
    if (equals !== undefined && equals !== "=") {
      throw new UsageError(`Expected basket NAME, or basket NAME = TICKER…, got basket ${args.join(" ")}.`);
    }
    const name = readBasketName(equals ? first : expectOneArg(args, "a basket, such as FAANG"));
    const newTickers = equals && [...new Set(tickers.map(readTicker))];
    using client = new OperateClient(await findStack(options));
    if (!newTickers) {
      const { raw, answer } = await client.invoke({ operation: "basket", name }, basketAnswer);
      if (options.json) return terminal.printJson(raw);
      return show(answer, terminal);
    }
    const { raw, answer } = await client.invoke(
      { operation: "basket", name, tickers: newTickers },
      setBasketAnswer,
    );
    if (options.json) return terminal.printJson(raw);
    const { name: set, version, tickers: included } = answer.basket;
    terminal.print(`${set}  ${describeVersion(version)}  ${included.join(" ") || "empty"}`);
    terminal.print(describeDelivery(answer));
  },
});

function show(
  { basket: { name, version, tickers }, quotes, watchers }: v.InferOutput<typeof basketAnswer>,
  terminal: Terminal,
) {
  terminal.print(
    `${name}  ${describeVersion(version)}  ${countOf(tickers.length, "ticker")}, ${countOf(watchers, "watcher")}`,
  );
  if (tickers.length > 0) terminal.printLines(["", ...formatQuotes(tickers, quotes)]);
}
