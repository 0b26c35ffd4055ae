import type { Basket } from "#client/watch-list.ts";
import { createDropButton } from "./drop-button.ts";

interface Chip {
  readonly item: HTMLLIElement;
  readonly count: HTMLElement;
}

/** The baskets of the list, each with a drop button. */
export class BasketChips {
  readonly #list: HTMLElement;
  readonly #onDrop: (name: string) => void;
  readonly #chips = new Map<string, Chip>();

  /** @param onDrop called when a chip's button is pressed; only {@link show} removes the chip. */
  constructor(list: HTMLElement, onDrop: (name: string) => void) {
    this.#list = list;
    this.#onDrop = onDrop;
  }

  /** Adds, removes and orders the chips to match `baskets`. */
  show(baskets: readonly Basket[]): void {
    const shown = new Set(baskets.map(({ name }) => name));
    for (const [name, { item }] of this.#chips) {
      if (shown.has(name)) continue;
      item.remove();
      this.#chips.delete(name);
    }
    let next = this.#list.firstElementChild;
    for (const { name, tickers } of baskets) {
      const { item, count } = this.#chip(name);
      count.textContent = tickers ? countText(tickers.length) : "";
      if (item === next) next = item.nextElementSibling;
      else this.#list.insertBefore(item, next);
    }
    this.#list.hidden = baskets.length === 0;
  }

  #chip(name: string): Chip {
    const known = this.#chips.get(name);
    if (known) return known;
    const item = document.createElement("li");
    const title = document.createElement("span");
    title.translate = false;
    title.textContent = `@${name}`;
    const count = document.createElement("span");
    count.className = "count";
    item.append(
      title,
      count,
      createDropButton(`Drop basket ${name}`, () => this.#onDrop(name)),
    );
    const chip = { item, count };
    this.#chips.set(name, chip);
    return chip;
  }
}

const countText = (count: number) => (count === 0 ? "empty" : count === 1 ? "1 ticker" : `${count} tickers`);
