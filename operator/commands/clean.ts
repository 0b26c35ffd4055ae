import { createInterface } from "node:readline/promises";
import { cleanAnswer } from "../answers.ts";
import { CommandError, defineCommand, expectNoArgs, JSON_OPTION } from "../command.ts";
import { findStack, type Stack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";
import { countOf } from "../quote-rows.ts";
import { Progress, type Streams, stripControlChars } from "../terminal.ts";

/** Consecutive rounds without a closed connection before the command fails. */
const MAX_FAILURES = 3;

export const clean = defineCommand({
  usage: "clean [--yes]",
  summary: "Empties the feed: connections, users, baskets, tickers and prices",
  details: `Deletes all data permanently, after a confirmation. Open pages are disconnected, reconnect and start
without prices. Scripts need --yes, because the confirmation requires a terminal.`,
  options: { ...JSON_OPTION, yes: { type: "boolean", short: "y", default: false } },
  optionsHelp: ["  --yes             skip the confirmation", "  --json            print the totals as JSON"],
  async run({ args, options, terminal }) {
    expectNoArgs(args);
    const stack = await findStack(options);
    if (!options.yes) await confirm(stack, terminal.streams);
    const total = { closed: 0, dropped: 0, rounds: 0, done: false };
    let failures = 0;
    const progress = new Progress(terminal);
    using client = new OperateClient(stack);
    try {
      while (!total.done) {
        const { answer } = await client.invoke({ operation: "clean" }, cleanAnswer);
        total.closed += answer.closed;
        total.dropped += answer.dropped;
        total.rounds += 1;
        total.done = answer.done;
        progress.show(`Round ${total.rounds}: ${describe(total)}`);
        failures = answer.failed > 0 && answer.closed === 0 ? failures + 1 : 0;
        if (failures === MAX_FAILURES) {
          throw new CommandError(
            `${countOf(answer.failed, "connection")} could not be closed, and no data is deleted while they are open. ` +
              "Try again in a moment.",
          );
        }
      }
    } finally {
      progress.end();
    }
    if (options.json) terminal.printJson(total);
    else terminal.print(`Emptied ${stack.title}: ${describe(total)}`);
  },
});

const describe = ({ closed, dropped }: { readonly closed: number; readonly dropped: number }) =>
  `${countOf(closed, "connection")} closed, ${countOf(dropped, "vertex", "vertices")} dropped`;

/** @throws {CommandError} unless the user confirms. */
async function confirm({ title, publishUrl }: Stack, { stdin, stderr }: Streams): Promise<void> {
  if (!stdin.isTTY) {
    throw new CommandError(`Cannot ask for confirmation to empty ${title}: stdin is not a TTY; pass --yes.`);
  }
  const readline = createInterface({ input: stdin, output: stderr });
  // Ctrl-C and Ctrl-D close the interface without settling the question.
  const closed = new Promise<string>((resolve) => readline.once("close", () => resolve("")));
  const target = stripControlChars(`${title} (${publishUrl})`);
  const question = `All data of ${target} will be deleted permanently. Type yes to continue: `;
  const answer = await Promise.race([readline.question(question), closed]);
  readline.close();
  if (answer.trim().toLowerCase() !== "yes") throw new CommandError("Cancelled; nothing was deleted.");
}
