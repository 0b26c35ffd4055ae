import { prepareEnvironment } from "#start/prepare-environment.ts";
import { runCommand } from "./run-command.ts";

// The reader of a pipe may close it early, like `head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

prepareEnvironment();
process.exitCode = await runCommand(process.argv.slice(2), process);
