import { createInterface } from "node:readline/promises";
import { cleanAnswer } from "../answers.ts";
import { CommandError, defineCommand, JSON_OPTION, noWords } from "../command.ts";
import { findStack, type Stack } from "../find-stack.ts";
import { Operator } from "../invoke.ts";
import { countOf } from "../quote-rows.ts";
import { harmless, Progress, print, printJson } from "../terminal.ts";

/** So many times in a row that no connection could be closed, and it is given up. */
const MAX_FAILURES = 3;

export const clean = defineCommand({
  usage: "clean [--yes]",
  summary: "Empties the feed: connections, users, baskets, tickers and prices",
  details: `Asks first. Every page that is open is disconnected, comes back and starts with no prices. What is in it cannot be brought
back. Where nobody can be asked, as in a script, --yes has to be there.`,
  options: { ...JSON_OPTION, yes: { type: "boolean", short: "y", default: false } },
  optionsHelp: ["  --yes             does not ask", "  --json            the totals as JSON"],
  async run({ words, options }) {
    noWords(words);
    const stack = await findStack(options);
    if (!options.yes) await confirm(stack);
    const total = { closed: 0, dropped: 0, rounds: 0, done: false };
    let failures = 0;
    const progress = new Progress();
    using operator = new Operator(stack);
    try {
      while (!total.done) {
        const { answer } = await operator.ask({ operation: "clean" }, cleanAnswer);
        total.closed += answer.closed;
        total.dropped += answer.dropped;
        total.rounds += 1;
        total.done = answer.done;
        progress.show(`Round ${total.rounds}: ${describe(total)}`);
        failures = answer.failed > 0 && answer.closed === 0 ? failures + 1 : 0;
        if (failures === MAX_FAILURES) {
          throw new CommandError(
            `${countOf(answer.failed, "connection")} could not be closed, and nothing is dropped while they are there. Try again in a moment.`,
          );
        }
      }
    } finally {
      progress.end();
    }
    if (options.json) printJson(total);
    else print(`Emptied ${stack.title}: ${describe(total)}`);
  },
});

const describe = ({ closed, dropped }: { readonly closed: number; readonly dropped: number }) =>
  `${countOf(closed, "connection")} closed, ${countOf(dropped, "vertex", "vertices")} dropped`;

/** @throws {CommandError} unless somebody there says yes. */
async function confirm({ title, publishUrl }: Stack): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CommandError(`Nobody is there to be asked whether ${title} may be emptied. Say so with --yes.`);
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // With Ctrl-C and Ctrl-D no answer ever comes.
  const closed = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
  const question = `Everything in ${harmless(title)} (${harmless(publishUrl)}) goes, for good. Type yes to go on: `;
  const answer = await Promise.race([asking.question(question), closed]);
  asking.close();
  if (answer.trim().toLowerCase() !== "yes") throw new CommandError("Nothing was touched.");
}
