import { forgetAnswer } from "../answers.ts";
import { CommandError, defineCommand, JSON_HELP, JSON_OPTION, onlyWord } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { Operator } from "../invoke.ts";
import { print, printJson } from "../terminal.ts";

export const forget = defineCommand({
  usage: "forget CONNECTION",
  summary: "Closes a connection and takes it out of the graph",
  details: `A page that is open there connects again by itself, and reads everything anew. The ids are those of
npm run ticker -- connections; of one that is gone already it says the same. One that cannot be closed is kept.

  npm run ticker -- forget TkJq1cKoIAMCJ8g=`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ words, options }) {
    const connectionId = onlyWord(words, "a connection's id, such as TkJq1cKoIAMCJ8g=");
    using operator = new Operator(await findStack(options));
    const { raw, answer } = await operator.ask({ operation: "forget", connectionId }, forgetAnswer);
    if (options.json) printJson(raw);
    if (!answer.closed || !answer.forgotten) {
      throw new CommandError(
        `The connection ${connectionId} could not be closed, and is kept. Try again in a moment.`,
      );
    }
    if (!options.json) print(`${connectionId}  closed, forgotten`);
  },
});
