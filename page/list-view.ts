import { basketEntry, type Entry } from "#client/entry.ts";
import { after } from "#client/timer.ts";
import type { Line, WatchList } from "#client/watch-list.ts";
import type { WireQuote } from "#protocol/messages.ts";
import { Announcer } from "./announcer.ts";
import { BasketChips } from "./basket-chips.ts";
import { findElement } from "./find-element.ts";
import { keepListFocus } from "./keep-list-focus.ts";
import { QuoteSheet } from "./quote-sheet.ts";
import { QuoteTable } from "./quote-table.ts";

/** The baskets, the table of prices and the button that announces changes. */
export class ListView {
  readonly #baskets = findElement("baskets", HTMLElement);
  readonly #prices = findElement("prices", HTMLElement);
  readonly #rows = findElement("rows", HTMLTableSectionElement);
  readonly #fallback: HTMLElement;
  readonly #sheet: QuoteSheet;
  readonly #chips: BasketChips;

  /**
   * @param onDrop called when a drop button is pressed; only {@link show} removes the entry.
   * @param fallback receives the focus when the last entry is removed.
   */
  constructor(onDrop: (entry: Entry) => void, fallback: HTMLElement) {
    this.#fallback = fallback;
    const announcement = findElement("announcement", HTMLElement);
    const announcer = new Announcer((text) => {
      announcement.textContent = text;
    }, after);
    const announce = findElement("announce", HTMLButtonElement);
    announce.addEventListener("click", () => {
      const isEnabled = announce.ariaPressed !== "true";
      announce.ariaPressed = String(isEnabled);
      announcer.setEnabled(isEnabled);
    });
    this.#sheet = new QuoteSheet(new QuoteTable(this.#rows, onDrop), announcer);
    this.#chips = new BasketChips(this.#baskets, (name) => onDrop(basketEntry(name)));
  }

  /** The version of the newest quote of each ticker on the open socket. */
  get versions(): ReadonlyMap<string, number> {
    return this.#sheet.versions;
  }

  show({
    lines,
    baskets,
  }: {
    readonly lines: readonly Line[];
    readonly baskets: WatchList["baskets"];
  }): void {
    keepListFocus(this.#rows, this.#fallback, () => this.#sheet.show(lines));
    keepListFocus(this.#baskets, this.#fallback, () => this.#chips.show(baskets));
    this.#prices.hidden = lines.length === 0;
  }

  /** Shows the newer quotes. */
  apply(quotes: readonly WireQuote[]): void {
    this.#sheet.apply(quotes);
  }

  /** Accepts any version again, for a new socket. */
  resetVersions(): void {
    this.#sheet.resetVersions();
  }
}
