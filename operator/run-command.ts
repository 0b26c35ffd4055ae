import { type CommandContext, CommandError, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { type EndSignal, listenForEndSignal } from "./signals.ts";
import { formatTable } from "./table.ts";
import { type Streams, Terminal } from "./terminal.ts";

export interface RunOptions extends Streams {
  /** Stops `watch` and `load`. @default the signals of this process */
  readonly listenForEndSignal?: () => EndSignal;
}

/**
 * The exit code of the command line: 0 success, 1 failure, 2 invalid usage.
 * @param args a command and its arguments.
 */
export async function runCommand([name, ...args]: readonly string[], options: RunOptions): Promise<number> {
  const terminal = new Terminal(options);
  const context: CommandContext = {
    terminal,
    listenForEndSignal: options.listenForEndSignal ?? listenForEndSignal,
  };
  if (name === undefined) {
    terminal.printError(overview());
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    terminal.print(overview());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    terminal.printError(`There is no command ${name}.\nSee: npm run ticker -- --help`);
    return 2;
  }
  try {
    const help = await command.execute(args, context);
    if (help !== undefined) terminal.print(help);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.printError(`${error.message}\nSee: npm run ticker -- ${name} --help`);
      return 2;
    }
    if (error instanceof CommandError) {
      terminal.printError(error.message);
      return 1;
    }
    // Node would print the stack with any control characters that a service put into the message.
    terminal.printError(error instanceof Error && error.stack !== undefined ? error.stack : String(error));
    return 1;
  }
}

function overview(): string {
  const [, ...lines] = formatTable(
    [{ title: "" }, { title: "" }],
    Object.values(COMMANDS).flatMap(({ usage, summary }) =>
      usage.split("\n").map((line, index) => [`  ${line}`, index === 0 ? summary : ""]),
    ),
  );
  return `Operates a ticker feed from a terminal.

npm run ticker -- COMMAND

${lines.join("\n")}

npm run ticker -- COMMAND --help shows the options of a command.
Commands use the stack started with npm start, otherwise the deployed stack selected in Pulumi; --stack and
--directory select another.
Exit codes: 0 success, 1 failure, 2 invalid usage. NO_COLOR=1 disables colours.`;
}
