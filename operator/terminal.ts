import { stripVTControlCharacters, styleText } from "node:util";

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

/** A line of what was asked for, to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) print(lines.join("\n"));
}

export function printJson(answer: unknown): void {
  print(JSON.stringify(answer, null, 2));
}

/** A line about what was asked for, to standard error, so that a pipe holds nothing but data. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A text that somebody else wrote, without what could move a terminal's cursor. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

/** How far a piece of work is, on standard error: one line that is written over on a terminal, else a line each time. */
export class Progress {
  #isOpen = false;

  show(text: string): void {
    if (!process.stderr.isTTY) {
      remark(text);
      return;
    }
    process.stderr.write(`\r${text.slice(0, process.stderr.columns - 1)}\x1b[K`);
    this.#isOpen = true;
  }

  /** Leaves the line as it is; what is written next goes below. */
  end(): void {
    if (this.#isOpen) process.stderr.write("\n");
    this.#isOpen = false;
  }
}
