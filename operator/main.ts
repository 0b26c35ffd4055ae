import { prepareEnvironment } from "#start/prepare-environment.ts";
import { CommandError, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { formatTable } from "./table.ts";
import { print, remark } from "./terminal.ts";

function overview(): string {
  const [, ...lines] = formatTable(
    [{ title: "" }, { title: "" }],
    Object.values(COMMANDS).flatMap(({ usage, summary }) =>
      usage.split("\n").map((line, index) => [`  ${line}`, index === 0 ? summary : ""]),
    ),
  );
  return `What the operator of a ticker feed does, from a terminal.

npm run ticker -- COMMAND

${lines.join("\n")}

npm run ticker -- COMMAND --help says all of a command. The feed is the one that npm start is running here, else the
deployed one that pulumi has selected; --stack and --directory choose another.
Ends with 0 when all went well, 1 when it did not, and 2 when the words make no sense. NO_COLOR=1 takes the colours away.`;
}

/** @returns the exit code. */
async function main([name, ...words]: readonly string[]): Promise<number> {
  if (name === undefined) {
    remark(overview());
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    print(overview());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    remark(
      `Expected a command (${Object.keys(COMMANDS).join(", ")}), got ${name}.\nSee: npm run ticker -- --help`,
    );
    return 2;
  }
  try {
    const help = await command.execute(words);
    if (help !== undefined) print(help);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      remark(`${error.message}\nSee: npm run ticker -- ${name} --help`);
      return 2;
    }
    if (error instanceof CommandError) {
      remark(error.message);
      return 1;
    }
    // Node would print it as it is, with what a service may have put into its message.
    remark(error instanceof Error && error.stack !== undefined ? error.stack : String(error));
    return 1;
  }
}

// Whoever reads may have seen enough, as `head` has.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

prepareEnvironment();
process.exitCode = await main(process.argv.slice(2));
