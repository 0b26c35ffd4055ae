import type { Command } from "./command.ts";
import { basket } from "./commands/basket.ts";
import { clean } from "./commands/clean.ts";
import { connections } from "./commands/connections.ts";
import { forget } from "./commands/forget.ts";
import { load } from "./commands/load.ts";
import { prices } from "./commands/prices.ts";
import { publish } from "./commands/publish.ts";
import { seed } from "./commands/seed.ts";
import { token } from "./commands/token.ts";
import { user } from "./commands/user.ts";
import { watch } from "./commands/watch.ts";
import { watchers } from "./commands/watchers.ts";

/** The commands by name, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  watch,
  publish,
  prices,
  watchers,
  connections,
  user,
  basket,
  forget,
  token,
  seed,
  clean,
  load,
};
