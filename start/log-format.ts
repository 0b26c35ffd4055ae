import { styleText } from "node:util";
import { replaceControls } from "#emulator/printable.ts";
import type { LogLine } from "#emulator/stack.ts";

/** Fields of a function's JSON log line that are shown elsewhere in the line or omitted. */
const HIDDEN_FIELDS = new Set([
  "level",
  "message",
  "timestamp",
  "service",
  "cold_start",
  "function_arn",
  "function_memory_size",
  "function_name",
  "function_request_id",
  "sampling_rate",
  "xray_trace_id",
  "error",
]);

const COLORS: ReadonlyMap<string, "red" | "yellow" | "dim"> = new Map([
  ["ERROR", "red"],
  ["CRITICAL", "red"],
  ["WARN", "yellow"],
  ["DEBUG", "dim"],
]);

const INDENT = " ".repeat(9);

/**
 * A log line for a terminal, such as `14:02:11 publish  Published quotes=2 watchers=3`, followed by the stack of its error, if any.
 * `undefined` for metrics. Control characters are replaced, because a line may contain text from a client.
 * @param colored whether to add terminal colors.
 */
export function formatLogLine({ source, line }: LogLine, at: Date, colored: boolean): string | undefined {
  // Every part passes here, so that only styles add control characters.
  const paint = (style: Parameters<typeof styleText>[0] | undefined, text: string) => {
    const clean = replaceControls(text);
    return colored && style && clean !== "" ? styleText(style, clean, { validateStream: false }) : clean;
  };
  const head = `${paint("dim", at.toTimeString().slice(0, 8))} ${paint("cyan", source.padEnd(8))}`;
  const entry = parseEntry(line);
  if (!entry) return `${head} ${paint(undefined, line)}`;
  if (Object.hasOwn(entry, "_aws")) return undefined;
  const level = entry["level"] === undefined ? "INFO" : toText(entry["level"]);
  const message = `${level === "INFO" ? "" : `${level} `}${toText(entry["message"] ?? "")}`;
  const details = Object.entries(entry)
    .filter(([key]) => !HIDDEN_FIELDS.has(key))
    .map(([key, value]) => `${key}=${toText(value)}`);
  const stack = errorLines(entry["error"]).map((text) => `\n${paint(undefined, INDENT + text)}`);
  return [head, paint(COLORS.get(level), message), paint("dim", details.join(" ")), stack.join("")]
    .filter(Boolean)
    .join(" ");
}

/** The lines of the error stack, or of the message of an error without a stack. */
function errorLines(error: unknown): readonly string[] {
  if (typeof error !== "object" || error === null) return error === undefined ? [] : [toText(error)];
  const { message, stack } = error as Readonly<Record<string, unknown>>;
  return toText(stack ?? message ?? error).split("\n");
}

/** A string unchanged, any other value as JSON. */
function toText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch {
    return "(nested too deep)";
  }
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
