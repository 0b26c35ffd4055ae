import { styleText } from "node:util";
import type { LogLine } from "./stack.ts";

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

const COLORS: Readonly<Record<string, "red" | "yellow" | "dim">> = {
  ERROR: "red",
  CRITICAL: "red",
  WARN: "yellow",
  DEBUG: "dim",
};

/**
 * A log line as a person reads it, `14:02:11 publish  Published quotes=2 watchers=3`; `undefined` for metrics,
 * which are no news to a person.
 * @param colored whether the reader is a terminal.
 */
export function formatLogLine({ source, line }: LogLine, at: Date, colored: boolean): string | undefined {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colored ? styleText(style, text, { validateStream: false }) : text;
  const head = `${paint("dim", at.toTimeString().slice(0, 8))} ${paint("cyan", source.padEnd(8))}`;
  const entry = parseEntry(line);
  if (!entry) return `${head} ${harmless(line)}`;
  if ("_aws" in entry) return undefined;
  const level = String(entry["level"] ?? "INFO");
  const message = [level === "INFO" ? "" : `${level} `, harmless(String(entry["message"] ?? ""))].join("");
  const details = Object.entries(entry)
    .filter(([key]) => !NOISE.has(key))
    .map(([key, value]) => `${key}=${typeof value === "string" ? harmless(value) : JSON.stringify(value)}`);
  const error = describeError(entry["error"]);
  const color = COLORS[level];
  return [
    head,
    color ? paint(color, message) : message,
    paint("dim", details.join(" ")),
    error && `\n${error}`,
  ]
    .filter(Boolean)
    .join(" ");
}

function describeError(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { message, stack } = error as { readonly message?: string; readonly stack?: string };
  return (stack ?? message)?.replace(/^/gm, "         ");
}

/** Without what a terminal would obey: a text may be a stranger's. */
const harmless = (text: string): string => text.replace(/\p{Cc}/gu, "?");

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
