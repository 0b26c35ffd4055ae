import { stripVTControlCharacters } from "node:util";
import { replaceControls } from "#protocol/printable.ts";
import { cleanOutput, type OutputStream } from "./terminal.ts";

// xterm control sequences: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Minimum time between two redraws, readable and bearable for slow connections. */
const INTERVAL_MS = 100;

/** Returns the lines to show. @param rows height of the terminal. */
type Draw = (rows: number) => readonly string[];

/** Full-screen output that is redrawn in place. Disposing restores the previous screen. */
export class Screen implements Disposable {
  readonly #out: OutputStream;
  readonly #draw: Draw;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(out: OutputStream, draw: Draw) {
    this.#out = out;
    this.#draw = draw;
    out.write(ENTER);
    out.on("resize", this.invalidate);
    // An uncaught error must not leave the terminal without its cursor.
    process.on("exit", this.#leave);
    this.invalidate();
  }

  /** Schedules a redraw. */
  readonly invalidate = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, INTERVAL_MS);
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#out.off("resize", this.invalidate);
    process.off("exit", this.#leave);
    this.#leave();
  }

  #write(): void {
    const { rows = 24, columns = 80 } = this.#out;
    const lines = this.#draw(rows)
      .slice(0, rows)
      .map((line) => cleanOutput(line, true).replaceAll("\n", " "));
    // No line break after the last line: it would scroll a full screen.
    const text = lines.map((line) => cut(line, columns) + CLEAR_LINE).join("\r\n");
    this.#out.write(HOME + text + CLEAR_BELOW);
  }

  readonly #leave = (): void => {
    if (this.#isOpen) this.#out.write(LEAVE);
    this.#isOpen = false;
  };
}

/** Truncates a line that would wrap. A truncated line loses its colours. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length > columns ? replaceControls(plain.slice(0, columns)) : line;
}
