import { formatPrice } from "#client/cents.ts";
import { watchersAnswer } from "../answers.ts";
import { defineCommand, expectOneArg, JSON_HELP, JSON_OPTION } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";
import { formatTime } from "../local-time.ts";
import { readTicker } from "../names.ts";
import { countOf } from "../quote-rows.ts";
import { formatTable } from "../table.ts";

export const watchers = defineCommand({
  usage: "watchers TICKER",
  summary: "Lists the connections that receive the prices of a ticker",
  details: `Includes direct subscriptions and those through a user or a basket.

  npm run ticker -- watchers AAPL`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ args, options, terminal }) {
    const ticker = readTicker(expectOneArg(args, "a ticker, such as AAPL"));
    using client = new OperateClient(await findStack(options));
    const { raw, answer } = await client.invoke({ operation: "watchers", ticker }, watchersAnswer);
    if (options.json) return terminal.printJson(raw);
    const { quote, connections } = answer;
    const price = quote ? `${formatPrice(quote.price)} at ${formatTime(quote.at)}` : "no price yet";
    terminal.print(`${answer.ticker}  ${price}  ${countOf(answer.watchers, "watcher")}`);
    if (connections.length === 0) return;
    terminal.print("");
    terminal.printLines(
      formatTable(
        [{ title: "CONNECTION" }, { title: "USER" }],
        connections.map(({ id, user = "" }) => [id, user]),
      ),
    );
    const more = answer.watchers - connections.length;
    if (more > 0) terminal.print(`and ${more.toLocaleString("en-US")} more`);
  },
});
