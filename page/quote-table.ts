import type { Ticker } from "../lambdas/quote.ts";
import { formatChange, formatPrice } from "./cents.ts";
import type { Row } from "./quote-board.ts";

const FLASH_MS = 1500;

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

interface Cells {
  readonly row: HTMLTableRowElement;
  readonly price: HTMLTableCellElement;
  readonly change: HTMLTableCellElement;
  readonly sinceFirst: HTMLTableCellElement;
  readonly time: HTMLTableCellElement;
  readonly dropButton: HTMLButtonElement;
}

/** The rows of the table. A quote touches its own row only. */
export class QuoteTable {
  readonly #body: HTMLTableSectionElement;
  readonly #onDrop: (ticker: Ticker) => void;
  readonly #cells = new Map<Ticker, Cells>();

  /** @param onDrop called when a row's button is pressed; the row stays until {@link drop}. */
  constructor(body: HTMLTableSectionElement, onDrop: (ticker: Ticker) => void) {
    this.#body = body;
    this.#onDrop = onDrop;
  }

  add({ ticker }: Row): void {
    const row = this.#body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = ticker;
    row.append(name);
    const [price, change, sinceFirst, time, drop] = [
      addCell(row, "price"),
      addCell(row, "change last"),
      addCell(row, "change since-first"),
      addCell(row, "time"),
      addCell(row, "drop"),
    ];
    price.textContent = "no price yet";
    price.classList.add("none");
    showChange(change, undefined);
    showChange(sinceFirst, undefined);

    const dropButton = document.createElement("button");
    dropButton.type = "button";
    dropButton.textContent = "×";
    dropButton.ariaLabel = `Drop ${ticker}`;
    dropButton.title = dropButton.ariaLabel;
    dropButton.addEventListener("click", () => this.#onDrop(ticker));
    drop.append(dropButton);
    this.#cells.set(ticker, { row, price, change, sinceFirst, time, dropButton });
  }

  /** Shows a row's price. */
  update({ ticker, price }: Row): void {
    const cells = this.#cells.get(ticker);
    if (!cells || !price) return;
    cells.price.textContent = formatPrice(price.cents);
    cells.price.classList.remove("none");
    showChange(cells.change, price.changeCents);
    showChange(cells.sinceFirst, price.sinceFirstCents);
    cells.time.replaceChildren(timeElement(price.at));
    if (price.changeCents) flash(cells.price, price.changeCents);
  }

  /**
   * Takes a row away.
   * @returns the button that is now where the row's own was, to go on with by keyboard; `undefined` when none is left.
   */
  drop(ticker: Ticker): HTMLButtonElement | undefined {
    const tickers = [...this.#cells.keys()];
    const at = tickers.indexOf(ticker);
    const neighbour = tickers[at + 1] ?? tickers[at - 1];
    this.#cells.get(ticker)?.row.remove();
    this.#cells.delete(ticker);
    return neighbour && this.#cells.get(neighbour)?.dropButton;
  }
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

/** The time of a quote of today, the day of an older one; pointing at it shows both. */
function timeElement(at: string): HTMLTimeElement {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const element = document.createElement("time");
  element.dateTime = at;
  element.textContent = (isToday ? timeOfDay : day).format(date);
  element.title = dayAndTime.format(date);
  return element;
}

/** Lets the eye find the price that changed. What it means is said beside it in words and shapes. */
function flash(cell: HTMLElement, changeCents: number): void {
  if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const backgroundColor = changeCents > 0 ? "var(--flash-up)" : "var(--flash-down)";
  cell.animate([{ backgroundColor }, { backgroundColor: "transparent" }], {
    duration: FLASH_MS,
    easing: "ease-out",
  });
}
