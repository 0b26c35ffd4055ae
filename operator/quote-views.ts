import { toPrintableJson } from "#protocol/printable.ts";
import type { LiveRow } from "./live-quotes.ts";
import { formatLiveTable, formatQuoteLine } from "./live-table.ts";
import { Screen } from "./screen.ts";
import { paint, print, printLines, remark } from "./terminal.ts";

/** How quotes are shown as they come. */
export interface QuoteView {
  open(rows: readonly LiveRow[]): void;
  /** @param all of what is watched, in order. */
  showQuotes(changed: readonly LiveRow[], all: readonly LiveRow[]): void;
  showStatus(text: string): void;
  showNotice(text: string): void;
  close(): void;
}

const REPAINT_MS = 60_000;

/** A table that is drawn anew in place; its last state stays on the terminal. */
export class TableView implements QuoteView {
  #rows: readonly LiveRow[] = [];
  #status = "";
  #notice = "";
  #screen: Screen | undefined;
  #repaint: NodeJS.Timeout | undefined;

  open(rows: readonly LiveRow[]): void {
    this.#rows = rows;
    this.#screen = new Screen(process.stdout, (height) => [
      `${paint("bold", this.#status)}  ${paint("dim", "Ctrl-C ends")}`,
      this.#notice && paint("yellow", this.#notice),
      // Two lines above, and the titles.
      ...formatLiveTable(this.#rows, height - 3),
    ]);
    // A time of today is one of yesterday after midnight.
    this.#repaint = setInterval(this.#screen.change, REPAINT_MS);
  }

  showQuotes(_changed: readonly LiveRow[], all: readonly LiveRow[]): void {
    this.#rows = all;
    this.#screen?.change();
  }

  showStatus(text: string): void {
    this.#status = text;
    this.#screen?.change();
  }

  showNotice(text: string): void {
    this.#notice = text;
    this.#screen?.change();
  }

  close(): void {
    clearInterval(this.#repaint);
    this.#screen?.[Symbol.dispose]();
    printLines(formatLiveTable(this.#rows, Number.POSITIVE_INFINITY));
  }
}

/** A line for each quote, and what else is to be said on standard error. */
export class LineView implements QuoteView {
  #status = "";

  open(): void {}

  showQuotes(changed: readonly LiveRow[]): void {
    printLines(changed.map((row) => formatQuoteLine(row)));
  }

  showStatus(text: string): void {
    // The same may be told twice.
    if (text !== this.#status) remark(text);
    this.#status = text;
  }

  showNotice(text: string): void {
    remark(text);
  }

  close(): void {}
}

/** As {@link LineView}, in JSON. */
export class JsonView extends LineView {
  override showQuotes(changed: readonly LiveRow[]): void {
    for (const { ticker, price } of changed) {
      if (!price) continue;
      const { cents, changeCents, at } = price;
      print(
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
