import { stripVTControlCharacters } from "node:util";
import { replaceControls } from "#protocol/printable.ts";
import { cleanOutput } from "./terminal.ts";

/*
 * The control sequences are xterm's, which every terminal of today knows:
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** More often nobody can read it, and a slow line could not carry it. */
const INTERVAL_MS = 100;

/** The lines that are to be seen, at most as many as there are rows. */
type Draw = (rows: number) => readonly string[];

/** A terminal's whole screen, drawn anew in place, and given back as it was. */
export class Screen implements Disposable {
  readonly #out: NodeJS.WriteStream;
  readonly #draw: Draw;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(out: NodeJS.WriteStream, draw: Draw) {
    this.#out = out;
    this.#draw = draw;
    out.write(ENTER);
    out.on("resize", this.change);
    // Also when it ends by a fault: a terminal without its cursor is no use to anybody.
    process.on("exit", this.#leave);
    this.change();
  }

  /** What is to be seen has changed. */
  readonly change = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, INTERVAL_MS);
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#out.off("resize", this.change);
    process.off("exit", this.#leave);
    this.#leave();
  }

  #write(): void {
    const { rows, columns } = this.#out;
    const lines = this.#draw(rows)
      .slice(0, rows)
      .map((line) => cleanOutput(line, true).replaceAll("\n", " "));
    // No line break after the last: it would scroll a full screen.
    const text = lines.map((line) => cut(line, columns) + CLEAR_LINE).join("\r\n");
    this.#out.write(HOME + text + CLEAR_BELOW);
  }

  readonly #leave = (): void => {
    if (this.#isOpen) this.#out.write(LEAVE);
    this.#isOpen = false;
  };
}

/** A line that is too long would wrap and move all below it; cut, it loses its colours. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length > columns ? replaceControls(plain.slice(0, columns)) : line;
}
