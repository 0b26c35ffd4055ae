import { connectionsAnswer } from "../answers.ts";
import { defineCommand, JSON_HELP, JSON_OPTION, noWords } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { Operator } from "../invoke.ts";
import { formatTime } from "../local-time.ts";
import { countOf } from "../quote-rows.ts";
import { type Column, formatTable } from "../table.ts";
import { print, printJson, printLines } from "../terminal.ts";

const COLUMNS: readonly Column[] = [
  { title: "CONNECTION" },
  { title: "USER" },
  { title: "TICKERS", align: "right" },
  { title: "BASKETS", align: "right" },
  { title: "CONNECTED" },
  { title: "EXPIRES" },
];

export const connections = defineCommand({
  usage: "connections",
  summary: "Shows who is connected",
  details: `TICKERS and BASKETS are how many the connection watches by itself; what its user watches is not counted: npm run ticker -- user
USER. API Gateway ends every connection after two hours.`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ words, options }) {
    noWords(words);
    using operator = new Operator(await findStack(options));
    const { raw, answer } = await operator.ask({ operation: "connections" }, connectionsAnswer);
    if (options.json) return printJson(raw);
    const rows = answer.connections.map(({ id, user = "", tickers, baskets, connectedAt, expiresAt }) => [
      id,
      user,
      String(tickers),
      String(baskets),
      formatTime(connectedAt),
      formatTime(expiresAt),
    ]);
    if (rows.length > 0) printLines([...formatTable(COLUMNS, rows), ""]);
    const shown = rows.length < answer.total ? `, ${rows.length} of them shown` : "";
    print(`${countOf(answer.total, "connection")}${shown}`);
  },
});
