import { stripVTControlCharacters, styleText } from "node:util";
import { replaceControls, toPrintableJson } from "#protocol/printable.ts";

export type Style = "green" | "red" | "dim" | "bold" | "yellow";

type Stream = NodeJS.WriteStream;

/** Whether to write colours: on a terminal with colours, unless NO_COLOR is set (https://no-color.org). */
export function isColored(stream: Stream): boolean {
  const { NO_COLOR, TERM } = process.env;
  return Boolean(stream.isTTY) && !NO_COLOR && TERM !== "dumb";
}

/** The text in a style if standard output has colours, otherwise unchanged. */
export function paint(style: Style, text: string): string {
  return isColored(process.stdout) ? styleText(style, text, { validateStream: false }) : text;
}

/** Line breaks, and the sequences of {@link Style}. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the styles are made of them
const STYLED = /(\n|\u001b\[(?:1|2|22|31|32|33|39)m)/;
const PLAIN = /(\n)/;

/**
 * The text without control characters, except line breaks and, if `keepsStyles`, styles.
 * All output passes through it, because any text may contain untrusted input.
 */
export function cleanOutput(text: string, keepsStyles: boolean): string {
  return text
    .split(keepsStyles ? STYLED : PLAIN)
    .map((part, index) => (index % 2 === 1 ? part : replaceControls(part)))
    .join("");
}

/** Writes a line of the result to standard output. */
export function print(line: string): void {
  process.stdout.write(`${cleanOutput(line, isColored(process.stdout))}\n`);
}

export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) print(lines.join("\n"));
}

export function printJson(answer: unknown): void {
  print(toPrintableJson(answer, 2));
}

/** Writes a line of diagnostics to standard error. */
export function printError(line: string): void {
  process.stderr.write(`${cleanOutput(line, false)}\n`);
}

/** Untrusted text as one line without control characters and escape sequences. */
export function stripControlChars(text: string): string {
  return replaceControls(stripVTControlCharacters(text), " ").replace(/ {2,}/g, " ");
}

/**
 * A copy of the value with {@link stripControlChars} applied to each string.
 * @param value parsed by a schema, which bounds its depth.
 */
export function stripControlCharsDeep<Value>(value: Value): Value;
export function stripControlCharsDeep(value: unknown): unknown {
  if (typeof value === "string") return stripControlChars(value);
  if (Array.isArray(value)) return value.map((item: unknown) => stripControlCharsDeep(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, stripControlCharsDeep(part)]));
}

/** Progress on standard error: one line that is overwritten on a terminal, otherwise one line per call. */
export class Progress {
  #isOpen = false;

  show(text: string): void {
    if (!process.stderr.isTTY) {
      printError(text);
      return;
    }
    // Truncate first, so that half a surrogate pair is replaced too.
    const line = replaceControls(text.slice(0, process.stderr.columns - 1));
    process.stderr.write(`\r${line}\x1b[K`);
    this.#isOpen = true;
  }

  /** Keeps the line; further output goes below it. */
  end(): void {
    if (this.#isOpen) process.stderr.write("\n");
    this.#isOpen = false;
  }
}
