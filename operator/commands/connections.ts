import { connectionsAnswer } from "../answers.ts";
import { defineCommand, expectNoArgs, JSON_HELP, JSON_OPTION } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";
import { formatTime } from "../local-time.ts";
import { countOf } from "../quote-rows.ts";
import { type Column, formatTable } from "../table.ts";

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
  summary: "Lists the open connections",
  details: `TICKERS and BASKETS count the direct subscriptions of the connection. For those of its user: npm run ticker -- user USER
API Gateway closes every connection after two hours.`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ args, options, terminal }) {
    expectNoArgs(args);
    using client = new OperateClient(await findStack(options));
    const { raw, answer } = await client.invoke({ operation: "connections" }, connectionsAnswer);
    if (options.json) return terminal.printJson(raw);
    const rows = answer.connections.map(({ id, user = "", tickers, baskets, connectedAt, expiresAt }) => [
      id,
      user,
      String(tickers),
      String(baskets),
      formatTime(connectedAt),
      formatTime(expiresAt),
    ]);
    if (rows.length > 0) terminal.printLines([...formatTable(COLUMNS, rows), ""]);
    const shown = rows.length < answer.total ? `, ${rows.length} shown` : "";
    terminal.print(`${countOf(answer.total, "connection")}${shown}`);
  },
});
