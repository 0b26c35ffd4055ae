import { pricesAnswer } from "../answers.ts";
import { defineCommand, expectOneArg, JSON_HELP, JSON_OPTION } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";
import { readUserId } from "../names.ts";
import { formatQuotes } from "../quote-rows.ts";

export const prices = defineCommand({
  usage: "prices [USER]",
  summary: "Shows the last prices of all tickers, or of those that a user watches",
  details: `  npm run ticker -- prices
  npm run ticker -- prices user003`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ args, options, terminal }) {
    const userId = args.length === 0 ? undefined : readUserId(expectOneArg(args, "a user id or no argument"));
    using client = new OperateClient(await findStack(options));
    const { raw, answer } = await client.invoke(
      { operation: "prices", ...(userId !== undefined && { userId }) },
      pricesAnswer,
    );
    if (options.json) return terminal.printJson(raw);
    const { quotes, truncated } = answer;
    if (quotes.length === 0)
      terminal.printError("No prices yet. Publish one: npm run ticker -- publish AAPL=24.00");
    else
      terminal.printLines(
        formatQuotes(
          quotes.map(({ ticker }) => ticker),
          quotes,
        ),
      );
    if (truncated)
      terminal.printError("The list is truncated: there are more prices than fit in one response.");
  },
});
