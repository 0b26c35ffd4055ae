import { userAnswer } from "../answers.ts";
import { defineCommand, expectOneArg, JSON_HELP, JSON_OPTION } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";
import { formatTime } from "../local-time.ts";
import { readUserId } from "../names.ts";
import { countOf, describeVersion, formatQuotes } from "../quote-rows.ts";
import { formatTable } from "../table.ts";

export const user = defineCommand({
  usage: "user USER",
  summary: "Shows the watch list and the connections of a user",
  details: "  npm run ticker -- user user003",
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ args, options, terminal }) {
    const userId = readUserId(expectOneArg(args, "a user id, such as user003"));
    using client = new OperateClient(await findStack(options));
    const { raw, answer } = await client.invoke({ operation: "user", userId }, userAnswer);
    if (options.json) return terminal.printJson(raw);
    const { tickers, baskets, connections, quotes } = answer;
    const counts = [
      countOf(tickers.length, "ticker"),
      countOf(baskets.length, "basket"),
      countOf(connections.length, "connection"),
    ];
    terminal.print(`${answer.user.id}  ${describeVersion(answer.user.version)}  ${counts.join(", ")}`);
    const basketTickers = baskets.flatMap((basket) => basket.tickers);
    const all = [...new Set([...tickers, ...basketTickers])];
    const printSection = (isPresent: boolean, lines: readonly string[]) => {
      if (isPresent) terminal.printLines(["", ...lines]);
    };
    printSection(all.length > 0, formatQuotes(all, quotes));
    const basketColumns = [{ title: "BASKET" }, { title: "CHANGED" }, { title: "TICKERS" }] as const;
    const basketRows = baskets.map(({ name, version, tickers }) => [
      name,
      version === 0 ? "never" : formatTime(new Date(version).toISOString()),
      tickers.join(" "),
    ]);
    printSection(baskets.length > 0, formatTable(basketColumns, basketRows));
    const connectionRows = connections.map((id) => [id]);
    printSection(connections.length > 0, formatTable([{ title: "CONNECTION" }], connectionRows));
  },
});
