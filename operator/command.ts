import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** What was typed makes no sense: the process ends with 2. */
export class UsageError extends Error {}

/** What was asked for could not be done: the process ends with 1. The message says what to do. */
export class CommandError extends Error {}

/** Options that every command has. */
const COMMON = {
  stack: { type: "string" },
  directory: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies ParseArgsOptionsConfig;

const COMMON_HELP = `  --stack NAME      the deployed stack NAME, even when one is running on this machine
  --directory DIR   the stack that "npm start -- --directory DIR" is running
  --help            this text`;

/** Of a command whose answer is data. */
export const JSON_OPTION = { json: { type: "boolean", default: false } } as const;
export const JSON_HELP = "  --json            the answer as it came, for other programs";

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{
    readonly options: Options & typeof COMMON;
    readonly allowPositionals: true;
    readonly strict: true;
  }>
>["values"];

export interface Invocation<Options extends ParseArgsOptionsConfig> {
  readonly words: readonly string[];
  readonly options: Values<Options>;
}

export interface Definition<Options extends ParseArgsOptionsConfig> {
  /** The words after `npm run ticker --`, such as `watchers TICKER`; several forms, several lines. */
  readonly usage: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What else a reader of `--help` needs, and examples. */
  readonly details: string;
  readonly options: Options;
  /** Lines for the options, as {@link JSON_HELP}. */
  readonly optionsHelp: readonly string[];
  run(invocation: Invocation<Options>): Promise<void>;
}

export interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly help: string;
  /**
   * Does what the words after the command's name ask for; with `--help` nothing, and returns the help.
   * @throws {UsageError | CommandError}
   */
  execute(words: readonly string[]): Promise<string | undefined>;
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
    async execute(words) {
      const { values, positionals } = parse(words, { ...COMMON, ...definition.options });
      if (values["help"]) return help;
      await definition.run({ words: positionals, options: values as Values<Options> });
      return undefined;
    },
  };
}

function parse(words: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Its messages are sentences for the person who typed.
    if (error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

/**
 * The only word there is.
 * @param what it names, for the error: `a ticker, such as AAPL`.
 * @throws {UsageError} when there is none, or more than one.
 */
export function onlyWord(words: readonly string[], what: string): string {
  const [word] = words;
  if (word !== undefined && words.length === 1) return word;
  throw new UsageError(`Expected ${what}, got ${words.length === 0 ? "nothing" : words.join(" ")}.`);
}

/** @throws {UsageError} when there are words. */
export function noWords(words: readonly string[]): void {
  if (words.length > 0) throw new UsageError(`Expected no words after the command, got ${words.join(" ")}.`);
}

/**
 * The number that an option gives.
 * @throws {UsageError} unless it is one from `min` to `max`, and whole if that is asked for.
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
