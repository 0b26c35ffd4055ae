import { stripVTControlCharacters, styleText } from "node:util";
import { replaceControls, toPrintableJson } from "#protocol/printable.ts";

export type Style = "green" | "red" | "dim" | "bold" | "yellow";

type Stream = NodeJS.WriteStream;

/** Whether a stream may be coloured: a terminal that can, whose owner has not set NO_COLOR (https://no-color.org). */
export function isColored(stream: Stream): boolean {
  const { NO_COLOR, TERM } = process.env;
  return Boolean(stream.isTTY) && !NO_COLOR && TERM !== "dumb";
}

/** The text in a style where standard output shows styles, else as it is. */
export function paint(style: Style, text: string): string {
  return isColored(process.stdout) ? styleText(style, text, { validateStream: false }) : text;
}

/** Line breaks, and the sequences of {@link Style}. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the styles are made of them
const STYLED = /(\n|\u001b\[(?:1|2|22|31|32|33|39)m)/;
const PLAIN = /(\n)/;

/**
 * The text without control characters but line breaks and, if `keepsStyles`, styles. Everything that this program writes passes
 * here, because any text may repeat one of a stranger.
 */
export function cleanOutput(text: string, keepsStyles: boolean): string {
  return text
    .split(keepsStyles ? STYLED : PLAIN)
    .map((part, index) => (index % 2 === 1 ? part : replaceControls(part)))
    .join("");
}

/** A line of what was asked for, to standard output. */
export function print(line: string): void {
  process.stdout.write(`${cleanOutput(line, isColored(process.stdout))}\n`);
}

export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) print(lines.join("\n"));
}

export function printJson(answer: unknown): void {
  print(toPrintableJson(answer, 2));
}

/** A line about what was asked for, to standard error, so that a pipe holds nothing but data. */
export function remark(line: string): void {
  process.stderr.write(`${cleanOutput(line, false)}\n`);
}

/** A text of a stranger as one line, without control characters and escape sequences. */
export function harmless(text: string): string {
  return replaceControls(stripVTControlCharacters(text), " ").replace(/ {2,}/g, " ");
}

/**
 * The value with each text in it passed through {@link harmless}, for what comes from a service.
 * @param value parsed by a schema, which bounds its depth.
 */
export function harmlessDeep<Value>(value: Value): Value;
export function harmlessDeep(value: unknown): unknown {
  if (typeof value === "string") return harmless(value);
  if (Array.isArray(value)) return value.map((item: unknown) => harmlessDeep(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, harmlessDeep(part)]));
}

/** How far a piece of work is, on standard error: one line that is written over on a terminal, else a line each time. */
export class Progress {
  #isOpen = false;

  show(text: string): void {
    if (!process.stderr.isTTY) {
      remark(text);
      return;
    }
    // Cut first: half of a surrogate pair is replaced, too.
    const line = replaceControls(text.slice(0, process.stderr.columns - 1));
    process.stderr.write(`\r${line}\x1b[K`);
    this.#isOpen = true;
  }

  /** Leaves the line as it is; what is written next goes below. */
  end(): void {
    if (this.#isOpen) process.stderr.write("\n");
    this.#isOpen = false;
  }
}
