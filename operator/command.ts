import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { EndSignal } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

/** Invalid usage (exit code 2). */
export class UsageError extends Error {}

/** A command that failed (exit code 1). The message contains the remedy. */
export class CommandError extends Error {}

/** Options of every command. */
const COMMON = {
  stack: { type: "string" },
  directory: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies ParseArgsOptionsConfig;

const COMMON_HELP = `  --stack NAME      use the deployed stack NAME, even when a stack runs on this machine
  --directory DIR   use the stack started with "npm start -- --directory DIR"
  --help            show this text`;

/** For commands that output data. */
export const JSON_OPTION = { json: { type: "boolean", default: false } } as const;
export const JSON_HELP = "  --json            print the unmodified response as JSON";

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{
    readonly options: Options & typeof COMMON;
    readonly allowPositionals: true;
    readonly strict: true;
  }>
>["values"];

/** The environment of a command, injected so that commands also run in process. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly listenForEndSignal: () => EndSignal;
}

export interface Invocation<Options extends ParseArgsOptionsConfig> extends CommandContext {
  readonly args: readonly string[];
  readonly options: Values<Options>;
}

export interface Definition<Options extends ParseArgsOptionsConfig> {
  /** The arguments after `npm run ticker --`, such as `watchers TICKER`; one line per form. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Further text and examples for `--help`. */
  readonly details: string;
  readonly options: Options;
  /** One line per option, like {@link JSON_HELP}. */
  readonly optionsHelp: readonly string[];
  run(invocation: Invocation<Options>): Promise<void>;
}

export interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly help: string;
  /**
   * Runs the command with the arguments after its name. With `--help` it only returns the help text.
   * @throws {UsageError | CommandError}
   */
  execute(args: readonly string[], context: CommandContext): Promise<string | undefined>;
}

export function defineCommand<const Options extends ParseArgsOptionsConfig>(
  definition: Definition<Options>,
): Command {
  const { usage, summary, details, optionsHelp } = definition;
  const usageLines = usage.split("\n").map((line) => `npm run ticker -- ${line}`);
  const help = [
    `${summary}.`,
    usageLines.join("\n"),
    details,
    ["Options:", ...optionsHelp, COMMON_HELP].join("\n"),
  ].join("\n\n");
  return {
    usage,
    summary,
    help,
    async execute(args, context) {
      const { values, positionals } = parse(args, { ...COMMON, ...definition.options });
      if (values["help"]) return help;
      await definition.run({ ...context, args: positionals, options: values as Values<Options> });
      return undefined;
    },
  };
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // The messages of these errors are written for end users.
    if (error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

/**
 * The single positional argument.
 * @param expected for the error message: `a ticker, such as AAPL`.
 * @throws {UsageError} unless there is exactly one.
 */
export function expectOneArg(args: readonly string[], expected: string): string {
  const [arg] = args;
  if (arg !== undefined && args.length === 1) return arg;
  throw new UsageError(`Expected ${expected}, got ${args.length === 0 ? "nothing" : args.join(" ")}.`);
}

/** @throws {UsageError} when there are positional arguments. */
export function expectNoArgs(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`Expected no arguments, got ${args.join(" ")}.`);
}

/**
 * The value of a numeric option.
 * @throws {UsageError} unless it is a number from `min` to `max`, and a whole number if `whole` is set.
 */
export function readNumber(
  text: string,
  { option, min, max, whole = true }: { option: string; min: number; max: number; whole?: boolean },
): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max && (!whole || Number.isInteger(number))) return number;
  const kind = whole ? "a whole number" : "a number";
  throw new UsageError(`Expected --${option} to be ${kind} from ${min} to ${max}, got ${text}.`);
}
