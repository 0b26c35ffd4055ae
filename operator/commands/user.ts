import { userAnswer } from "../answers.ts";
import { defineCommand, JSON_HELP, JSON_OPTION, onlyWord } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { Operator } from "../invoke.ts";
import { formatTime } from "../local-time.ts";
import { readUserId } from "../names.ts";
import { countOf, describeVersion, formatQuotes } from "../quote-rows.ts";
import { formatTable } from "../table.ts";
import { print, printJson, printLines } from "../terminal.ts";

export const user = defineCommand({
  usage: "user USER",
  summary: "Shows what a user watches, and on which connections",
  details: "  npm run ticker -- user user003",
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ words, options }) {
    const userId = readUserId(onlyWord(words, "a user, such as user003"));
    using operator = new Operator(await findStack(options));
    const { raw, answer } = await operator.ask({ operation: "user", userId }, userAnswer);
    if (options.json) return printJson(raw);
    const { tickers, baskets, connections, quotes } = answer;
    const counts = [
      countOf(tickers.length, "ticker"),
      countOf(baskets.length, "basket"),
      countOf(connections.length, "connection"),
    ];
    print(`${answer.user.id}  ${describeVersion(answer.user.version)}  ${counts.join(", ")}`);
    const included = baskets.flatMap((basket) => basket.tickers);
    const all = [...new Set([...tickers, ...included])];
    section(all.length > 0, formatQuotes(all, quotes));
    const basketColumns = [{ title: "BASKET" }, { title: "CHANGED" }, { title: "TICKERS" }] as const;
    const basketRows = baskets.map(({ name, version, tickers }) => [
      name,
      version === 0 ? "never" : formatTime(new Date(version).toISOString()),
      tickers.join(" "),
    ]);
    section(baskets.length > 0, formatTable(basketColumns, basketRows));
    const connectionRows = connections.map((id) => [id]);
    section(connections.length > 0, formatTable([{ title: "CONNECTION" }], connectionRows));
  },
});

function section(isThere: boolean, lines: readonly string[]): void {
  if (isThere) printLines(["", ...lines]);
}
