import { pricesAnswer } from "../answers.ts";
import { defineCommand, JSON_HELP, JSON_OPTION, onlyWord } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { Operator } from "../invoke.ts";
import { readUserId } from "../names.ts";
import { formatQuotes } from "../quote-rows.ts";
import { printJson, printLines, remark } from "../terminal.ts";

export const prices = defineCommand({
  usage: "prices [USER]",
  summary: "Shows the last prices, all of them or those that a user watches",
  details: `  npm run ticker -- prices
  npm run ticker -- prices user003`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ words, options }) {
    const userId = words.length === 0 ? undefined : readUserId(onlyWord(words, "a user or nothing"));
    using operator = new Operator(await findStack(options));
    const { raw, answer } = await operator.ask(
      { operation: "prices", ...(userId !== undefined && { userId }) },
      pricesAnswer,
    );
    if (options.json) return printJson(raw);
    const { quotes, truncated } = answer;
    if (quotes.length === 0) remark("No prices yet. Publish one: npm run ticker -- publish AAPL=24.00");
    else
      printLines(
        formatQuotes(
          quotes.map(({ ticker }) => ticker),
          quotes,
        ),
      );
    if (truncated) remark("There are more than fit in one answer.");
  },
});
