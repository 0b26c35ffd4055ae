import { toPrintableJson } from "#protocol/printable.ts";
import type { LiveRow } from "./live-quotes.ts";
import { formatLiveTable, formatQuoteLine } from "./live-table.ts";
import { Screen } from "./screen.ts";
import type { Terminal } from "./terminal.ts";

/** Output of live quotes. */
export interface QuoteView {
  open(rows: readonly LiveRow[]): void;
  /** @param all the rows of all watched tickers, in order. */
  showQuotes(changed: readonly LiveRow[], all: readonly LiveRow[]): void;
  showStatus(text: string): void;
  showNotice(text: string): void;
  close(): void;
}

const REPAINT_MS = 60_000;

/** A table that is redrawn in place; its last state stays on the terminal. */
export class TableView implements QuoteView {
  readonly #terminal: Terminal;
  #rows: readonly LiveRow[] = [];
  #status = "";
  #notice = "";
  #screen: Screen | undefined;
  #repaint: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  open(rows: readonly LiveRow[]): void {
    this.#rows = rows;
    const { paint, streams } = this.#terminal;
    this.#screen = new Screen(streams.stdout, (height) => [
      `${paint("bold", this.#status)}  ${paint("dim", "Ctrl-C ends")}`,
      this.#notice && paint("yellow", this.#notice),
      // Status, notice and titles take three lines.
      ...formatLiveTable(this.#rows, height - 3, paint),
    ]);
    // After midnight the times of the previous day are shown with their date.
    this.#repaint = setInterval(this.#screen.invalidate, REPAINT_MS);
  }

  showQuotes(_changed: readonly LiveRow[], all: readonly LiveRow[]): void {
    this.#rows = all;
    this.#screen?.invalidate();
  }

  showStatus(text: string): void {
    this.#status = text;
    this.#screen?.invalidate();
  }

  showNotice(text: string): void {
    this.#notice = text;
    this.#screen?.invalidate();
  }

  close(): void {
    clearInterval(this.#repaint);
    this.#screen?.[Symbol.dispose]();
    this.#terminal.printLines(formatLiveTable(this.#rows, Number.POSITIVE_INFINITY, this.#terminal.paint));
  }
}

/** One line per quote; status and notices on standard error. */
export class LineView implements QuoteView {
  protected readonly terminal: Terminal;
  #status = "";

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  open(): void {}

  showQuotes(changed: readonly LiveRow[]): void {
    this.terminal.printLines(changed.map((row) => formatQuoteLine(row)));
  }

  showStatus(text: string): void {
    // The socket may report the same status twice.
    if (text !== this.#status) this.terminal.printError(text);
    this.#status = text;
  }

  showNotice(text: string): void {
    this.terminal.printError(text);
  }

  close(): void {}
}

/** Like {@link LineView}, with quotes as JSON. */
export class JsonView extends LineView {
  override showQuotes(changed: readonly LiveRow[]): void {
    for (const { ticker, price } of changed) {
      if (!price) continue;
      const { cents, changeCents, at } = price;
      this.terminal.print(
        toPrintableJson({
          ticker,
          price: cents,
          ...(changeCents !== undefined && { change: changeCents }),
          at,
        }),
      );
    }
  }
}
