import { QuoteBoard, type Row } from "#client/quote-board.ts";
import type { Line } from "#client/watch-list.ts";
import type { WireQuote } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import type { Announcer } from "./announcer.ts";
import { OncePerFrame } from "./once-per-frame.ts";
import type { QuoteTable } from "./quote-table.ts";

/** Passes price changes to the table, once per frame, and to the announcer. */
export class QuoteSheet {
  readonly #board = new QuoteBoard();
  readonly #table: QuoteTable;
  readonly #announcer: Announcer;
  readonly #painter: OncePerFrame<Ticker, Row>;

  constructor(table: QuoteTable, announcer: Announcer) {
    this.#table = table;
    this.#announcer = announcer;
    this.#painter = new OncePerFrame(
      (onFrame) => requestAnimationFrame(onFrame),
      (row) => table.update(row),
    );
  }

  /** The version of the newest quote of each ticker on the open socket. */
  get versions(): ReadonlyMap<string, number> {
    return this.#board.versions;
  }

  /** Adds, removes and orders the rows to match `lines`. */
  show(lines: readonly Line[]): void {
    const { priced, removed } = this.#board.setTickers(lines.map(({ ticker }) => ticker));
    for (const ticker of removed) {
      this.#painter.discard(ticker);
      this.#announcer.discard(ticker);
    }
    this.#table.show(lines);
    this.#paint(priced);
  }

  /** Shows the newer quotes. */
  apply(quotes: readonly WireQuote[]): void {
    this.#paint(this.#board.apply(quotes));
  }

  /** Accepts any version again, for a new socket. */
  resetVersions(): void {
    this.#board.resetVersions();
  }

  #paint(rows: readonly Row[]): void {
    for (const row of rows) this.#painter.put(row.ticker, row);
    this.#announcer.add(rows);
  }
}
