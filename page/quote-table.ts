import { formatChange, formatPrice } from "#client/cents.ts";
import type { Row } from "#client/quote-board.ts";
import type { Line } from "#client/watch-list.ts";
import type { Ticker } from "#protocol/quote.ts";
import { createDropButton } from "./drop-button.ts";
import { timeElement } from "./time-element.ts";

const FLASH_MS = 1500;

interface Cells {
  readonly row: HTMLTableRowElement;
  readonly baskets: HTMLElement;
  readonly price: HTMLTableCellElement;
  readonly change: HTMLTableCellElement;
  readonly sinceFirst: HTMLTableCellElement;
  readonly time: HTMLTableCellElement;
  readonly drop: HTMLTableCellElement;
}

/** The rows of the table. A quote changes only its own row. */
export class QuoteTable {
  readonly #body: HTMLTableSectionElement;
  readonly #onDrop: (ticker: Ticker) => void;
  readonly #cells = new Map<Ticker, Cells>();

  /** @param onDrop called when a row's button is pressed; only {@link show} removes the row. */
  constructor(body: HTMLTableSectionElement, onDrop: (ticker: Ticker) => void) {
    this.#body = body;
    this.#onDrop = onDrop;
  }

  /** Adds, removes and orders the rows to match `lines`. */
  show(lines: readonly Line[]): void {
    const shown = new Set(lines.map(({ ticker }) => ticker));
    for (const [ticker, { row }] of this.#cells) {
      if (shown.has(ticker)) continue;
      row.remove();
      this.#cells.delete(ticker);
    }
    let next = this.#body.firstElementChild;
    for (const line of lines) {
      const { row } = this.#showLine(line);
      if (row === next) next = row.nextElementSibling;
      else this.#body.insertBefore(row, next);
    }
  }

  update({ ticker, price }: Row): void {
    const cells = this.#cells.get(ticker);
    if (!cells || !price) return;
    cells.price.translate = false;
    cells.price.textContent = formatPrice(price.cents);
    cells.price.classList.remove("none");
    showChange(cells.change, price.changeCents);
    showChange(cells.sinceFirst, price.sinceFirstCents);
    cells.time.replaceChildren(timeElement(price.at));
    if (price.changeCents) flash(cells.price, price.changeCents);
  }

  #showLine({ ticker, isListed, baskets }: Line): Cells {
    const cells = this.#cells.get(ticker) ?? makeRow(ticker);
    this.#cells.set(ticker, cells);
    const marks = baskets.length > 0 ? ` in ${baskets.join(", ")}` : "";
    if (cells.baskets.textContent !== marks) cells.baskets.textContent = marks;
    const hasButton = cells.drop.hasChildNodes();
    if (isListed && !hasButton)
      cells.drop.append(createDropButton(`Drop ${ticker}`, () => this.#onDrop(ticker)));
    if (!isListed && hasButton) cells.drop.replaceChildren();
    return cells;
  }
}

function makeRow(ticker: Ticker): Cells {
  const row = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.translate = false;
  const baskets = document.createElement("span");
  baskets.className = "baskets";
  name.append(ticker, baskets);
  row.append(name);
  const cells = {
    row,
    baskets,
    price: addCell(row, "price none"),
    change: addCell(row, "change last"),
    sinceFirst: addCell(row, "change since-first"),
    time: addCell(row, "time"),
    drop: addCell(row, "drop"),
  };
  cells.change.translate = false;
  cells.sinceFirst.translate = false;
  cells.price.textContent = "no price yet";
  showChange(cells.change, undefined);
  showChange(cells.sinceFirst, undefined);
  return cells;
}

function addCell(row: HTMLTableRowElement, className: string): HTMLTableCellElement {
  const cell = row.insertCell();
  cell.className = className;
  return cell;
}

function showChange(cell: HTMLTableCellElement, changeCents: number | undefined): void {
  cell.textContent = formatChange(changeCents);
  cell.dataset["direction"] = directionOf(changeCents);
}

const directionOf = (changeCents = 0) => (changeCents > 0 ? "up" : changeCents < 0 ? "down" : "none");

/** Highlights a changed price. The cells beside it show the direction without colour. */
function flash(cell: HTMLElement, changeCents: number): void {
  if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const backgroundColor = changeCents > 0 ? "var(--flash-up)" : "var(--flash-down)";
  cell.animate([{ backgroundColor }, { backgroundColor: "transparent" }], {
    duration: FLASH_MS,
    easing: "ease-out",
  });
}
