import { prepareEnvironment } from "#start/prepare-environment.ts";
import { CommandError, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { formatTable } from "./table.ts";
import { print, printError } from "./terminal.ts";

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

/** @returns the exit code. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) {
    printError(overview());
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    print(overview());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    printError(`There is no command ${name}.\nSee: npm run ticker -- --help`);
    return 2;
  }
  try {
    const help = await command.execute(args);
    if (help !== undefined) print(help);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      printError(`${error.message}\nSee: npm run ticker -- ${name} --help`);
      return 2;
    }
    if (error instanceof CommandError) {
      printError(error.message);
      return 1;
    }
    // Node would print the stack with any control characters that a service put into the message.
    printError(error instanceof Error && error.stack !== undefined ? error.stack : String(error));
    return 1;
  }
}

// The reader of a pipe may close it early, like `head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

prepareEnvironment();
process.exitCode = await main(process.argv.slice(2));
