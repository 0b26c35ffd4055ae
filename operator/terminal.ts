import { stripVTControlCharacters, styleText } from "node:util";
import { replaceControls, toPrintableJson } from "#protocol/printable.ts";

export type Style = "green" | "red" | "dim" | "bold" | "yellow";
export type Paint = (style: Style, text: string) => string;

export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };
export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** The standard streams, such as those of `process`. */
export interface Streams {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** Whether to write colours: on a terminal with colours, unless NO_COLOR is set (https://no-color.org). */
export function isColored(stream: Pick<OutputStream, "isTTY">): boolean {
  const { NO_COLOR, TERM } = process.env;
  return Boolean(stream.isTTY) && !NO_COLOR && TERM !== "dumb";
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

/** Sanitized output to the standard streams: results to standard output, diagnostics to standard error. */
export class Terminal {
  readonly streams: Streams;

  constructor(streams: Streams) {
    this.streams = streams;
  }

  /** The text in a style if standard output has colours, otherwise unchanged. */
  readonly paint: Paint = (style, text) =>
    isColored(this.streams.stdout) ? styleText(style, text, { validateStream: false }) : text;

  print(line: string): void {
    const { stdout } = this.streams;
    stdout.write(`${cleanOutput(line, isColored(stdout))}\n`);
  }

  printLines(lines: readonly string[]): void {
    if (lines.length > 0) this.print(lines.join("\n"));
  }

  printJson(answer: unknown): void {
    this.print(toPrintableJson(answer, 2));
  }

  printError(line: string): void {
    this.streams.stderr.write(`${cleanOutput(line, false)}\n`);
  }
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

const DEFAULT_COLUMNS = 80;

/** Progress on standard error: one line that is overwritten on a terminal, otherwise one line per call. */
export class Progress {
  readonly #terminal: Terminal;
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    const { isTTY, columns = DEFAULT_COLUMNS } = this.#terminal.streams.stderr;
    if (!isTTY) {
      this.#terminal.printError(text);
      return;
    }
    // Truncate first, so that half a surrogate pair is replaced too.
    const line = replaceControls(text.slice(0, columns - 1));
    this.#terminal.streams.stderr.write(`\r${line}\x1b[K`);
    this.#isOpen = true;
  }

  /** Keeps the line; further output goes below it. */
  end(): void {
    if (this.#isOpen) this.#terminal.streams.stderr.write("\n");
    this.#isOpen = false;
  }
}
