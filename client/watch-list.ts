import type { QuotesMessage, WireBasket } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import { basketEntry, basketName, type Entry, isBasket } from "./entry.ts";
import type { Holdings } from "./holdings.ts";

/** A ticker that is shown, and why. */
export interface Line {
  readonly ticker: Ticker;
  /** Whether the list names it, and not only a basket. */
  readonly isListed: boolean;
  /** The baskets of the list that include it. */
  readonly baskets: readonly string[];
}

export interface Basket {
  readonly name: string;
  /** Absent until the service says what is in it. */
  readonly tickers?: readonly Ticker[];
}

const NEVER = Number.NEGATIVE_INFINITY;

/** The list of the page, or that of its user, and what is in its baskets. */
export class WatchList {
  readonly #userId: string | undefined;
  #entries: ReadonlySet<Entry> = new Set();
  /** Of every basket the newest state that came, also of one that is not listed: the list may come after it. */
  readonly #states = new Map<string, WireBasket>();
  /** Of the user's list. */
  #version = NEVER;

  /** @param userId whose list it is, which only the service changes; `undefined`: the page's own, which `add` and `drop` change. */
  constructor(userId?: string) {
    this.#userId = userId;
  }

  /** In their order: that of the adding, and a user's as the service gives it. */
  get entries(): readonly Entry[] {
    return [...this.#entries];
  }

  get baskets(): readonly Basket[] {
    return this.entries.filter(isBasket).map((entry) => {
      const name = basketName(entry);
      const state = this.#states.get(name);
      return state ? { name, tickers: tickersOf(state) } : { name };
    });
  }

  /** All that is to be shown, each ticker once: those of the list first, then what its baskets include besides. */
  get lines(): readonly Line[] {
    const lines = new Map<Ticker, { ticker: Ticker; isListed: boolean; baskets: string[] }>();
    for (const entry of this.#entries) {
      if (!isBasket(entry)) lines.set(entry, { ticker: entry, isListed: true, baskets: [] });
    }
    for (const { name, tickers = [] } of this.baskets) {
      for (const ticker of tickers) {
        const line = lines.get(ticker) ?? { ticker, isListed: false, baskets: [] };
        line.baskets.push(name);
        lines.set(ticker, line);
      }
    }
    return [...lines.values()];
  }

  /** The versions of the user's list and of its baskets that were received since {@link resetVersions}. */
  get versions(): Pick<Holdings, "baskets" | "user"> {
    const baskets = new Map<string, number>();
    for (const entry of this.entries.filter(isBasket)) {
      const state = this.#states.get(basketName(entry));
      if (state && state.version !== NEVER) baskets.set(state.name, state.version);
    }
    if (this.#userId === undefined || this.#version === NEVER) return { baskets };
    return { baskets, user: { id: this.#userId, version: this.#version } };
  }

  /** Takes the entries in, and returns those that are new. */
  add(entries: readonly Entry[]): readonly Entry[] {
    const added = entries.filter((entry) => !this.#entries.has(entry));
    this.#entries = new Set([...this.#entries, ...added]);
    return added;
  }

  remove(entry: Entry): void {
    this.#entries = new Set(this.entries.filter((other) => other !== entry));
  }

  /** Takes from a message what it says of baskets and of the user's list. Returns whether any of that is news. */
  apply({ watching, baskets = [], user }: QuotesMessage): boolean {
    let isNews = false;
    for (const basket of baskets) {
      if (basket.version < (this.#states.get(basket.name)?.version ?? NEVER)) continue;
      this.#states.set(basket.name, basket);
      isNews = true;
    }
    if (!watching || user === undefined || user.id !== this.#userId || user.version < this.#version) {
      return isNews;
    }
    this.#version = user.version;
    this.#entries = new Set([...(watching as Ticker[]), ...baskets.map(({ name }) => basketEntry(name))]);
    return true;
  }

  /** Accepts any version as news again, for a new socket. What is shown stays until then. */
  resetVersions(): void {
    this.#version = NEVER;
    for (const [name, state] of this.#states) {
      if (this.#entries.has(basketEntry(name))) this.#states.set(name, { ...state, version: NEVER });
      else this.#states.delete(name);
    }
  }
}

const tickersOf = ({ tickers }: WireBasket) => tickers as readonly Ticker[];
