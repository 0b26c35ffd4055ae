import { basketEntry, type Entry } from "#client/entry.ts";
import { after } from "#client/timer.ts";
import type { Line, WatchList } from "#client/watch-list.ts";
import type { WireQuote } from "#protocol/messages.ts";
import { Announcer } from "./announcer.ts";
import { BasketChips } from "./basket-chips.ts";
import { findElement } from "./find-element.ts";
import { keepListFocus } from "./keep-focus.ts";
import { QuoteSheet } from "./quote-sheet.ts";
import { QuoteTable } from "./quote-table.ts";

/** A list as a person sees it: its baskets, a table of prices, and a button that has their changes read out. */
export class ListView {
  readonly #baskets = findElement("baskets", HTMLElement);
  readonly #prices = findElement("prices", HTMLElement);
  readonly #rows = findElement("rows", HTMLTableSectionElement);
  readonly #fallback: HTMLElement;
  readonly #sheet: QuoteSheet;
  readonly #chips: BasketChips;

  /**
   * @param onDrop told what the person does not want any more; it stays until {@link show} leaves it out.
   * @param fallback gets the focus when the last entry is dropped.
   */
  constructor(onDrop: (entry: Entry) => void, fallback: HTMLElement) {
    this.#fallback = fallback;
    const announcement = findElement("announcement", HTMLElement);
    const announcer = new Announcer((text) => {
      announcement.textContent = text;
    }, after);
    const announce = findElement("announce", HTMLButtonElement);
    announce.addEventListener("click", () => {
      const isOn = announce.ariaPressed !== "true";
      announce.ariaPressed = String(isOn);
      announcer.setEnabled(isOn);
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

  /** Shows what is news. */
  apply(quotes: readonly WireQuote[]): void {
    this.#sheet.apply(quotes);
  }

  /** Accepts any version as news again, for a new socket. */
  resetVersions(): void {
    this.#sheet.resetVersions();
  }
}
