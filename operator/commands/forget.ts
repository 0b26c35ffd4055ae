import { forgetAnswer } from "../answers.ts";
import { CommandError, defineCommand, expectOneArg, JSON_HELP, JSON_OPTION } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { OperateClient } from "../invoke.ts";

export const forget = defineCommand({
  usage: "forget CONNECTION",
  summary: "Closes a connection and deletes it from the graph",
  details: `An open page reconnects and reads all data again. For the ids, see: npm run ticker -- connections
The result is the same for an unknown id. A connection that cannot be closed is kept.

  npm run ticker -- forget TkJq1cKoIAMCJ8g=`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ args, options, terminal }) {
    const connectionId = expectOneArg(args, "a connection id, such as TkJq1cKoIAMCJ8g=");
    using client = new OperateClient(await findStack(options));
    const { raw, answer } = await client.invoke({ operation: "forget", connectionId }, forgetAnswer);
    if (options.json) terminal.printJson(raw);
    if (!answer.closed || !answer.forgotten) {
      throw new CommandError(
        `Could not close the connection ${connectionId}; it was not deleted. Try again in a moment.`,
      );
    }
    if (!options.json) terminal.print(`${connectionId}  closed, deleted`);
  },
});
