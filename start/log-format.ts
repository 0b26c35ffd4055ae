import { styleText } from "node:util";
import { replaceControls } from "#emulator/printable.ts";
import type { LogLine } from "#emulator/stack.ts";

/** What a function's JSON log line holds beside its message, and nobody at a terminal needs. */
const NOISE = new Set([
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
 * A log line as a person reads it, `14:02:11 publish  Published quotes=2 watchers=3`; `undefined` for metrics,
 * which are no news to a person. The lines of an error's stack follow it. No control character of the log gets through: a line
 * may repeat a text of a client.
 * @param colored whether the reader is a terminal.
 */
export function formatLogLine({ source, line }: LogLine, at: Date, colored: boolean): string | undefined {
  // Each part passes here, so that the only control characters are those of the styles.
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
    .filter(([key]) => !NOISE.has(key))
    .map(([key, value]) => `${key}=${toText(value)}`);
  const stack = describeError(entry["error"]).map((text) => `\n${paint(undefined, INDENT + text)}`);
  return [head, paint(COLORS.get(level), message), paint("dim", details.join(" ")), stack.join("")]
    .filter(Boolean)
    .join(" ");
}

/** The lines of an error's stack, or of its message when it has none. */
function describeError(error: unknown): readonly string[] {
  if (typeof error !== "object" || error === null) return error === undefined ? [] : [toText(error)];
  const { message, stack } = error as Readonly<Record<string, unknown>>;
  return toText(stack ?? message ?? error).split("\n");
}

/** A text as it is, anything else in JSON. */
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
