import type { QuotesMessage, WireBasket } from "#protocol/messages.ts";
import type { Ticker } from "#protocol/quote.ts";
import { basketEntry, basketName, type Entry, isBasket } from "./entry.ts";
import type { Holdings } from "./holdings.ts";

/** A ticker of the list or of its baskets. */
export interface Line {
  readonly ticker: Ticker;
  /** Whether the list contains it directly. */
  readonly isListed: boolean;
  /** The baskets of the list that include it. */
  readonly baskets: readonly string[];
}

export interface Basket {
  readonly name: string;
  /** Absent until received. */
  readonly tickers?: readonly Ticker[];
}

const NEVER = Number.NEGATIVE_INFINITY;

/** The watch list of a client or of its user, with the content of its baskets. */
export class WatchList {
  readonly #userId: string | undefined;
  #entries: ReadonlySet<Entry> = new Set();
  /** The newest received state of each basket, listed or not: a basket may arrive before the list. */
  readonly #states = new Map<string, WireBasket>();
  /** Version of the user's list. */
  #version = NEVER;

  /**
   * @param userId the owner of a list that only the service changes; `undefined` for the client's own list, which `add`
   *   and `remove` change.
   */
  constructor(userId?: string) {
    this.#userId = userId;
  }

  /** In insertion order; a user's list in the order of the service. */
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

  /** Each ticker once: first those of the list, then those of its baskets. */
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

  /** Adds entries and returns those that were not in the list. */
  add(entries: readonly Entry[]): readonly Entry[] {
    const added = entries.filter((entry) => !this.#entries.has(entry));
    this.#entries = new Set([...this.#entries, ...added]);
    return added;
  }

  remove(entry: Entry): void {
    this.#entries = new Set(this.entries.filter((other) => other !== entry));
  }

  /** Applies the baskets and the user's list of a message. Returns whether any of them was applied. */
  apply({ watching, baskets = [], user }: QuotesMessage): boolean {
    let isChanged = false;
    for (const basket of baskets) {
      if (basket.version < (this.#states.get(basket.name)?.version ?? NEVER)) continue;
      this.#states.set(basket.name, basket);
      isChanged = true;
    }
    if (!watching || user === undefined || user.id !== this.#userId || user.version < this.#version) {
      return isChanged;
    }
    this.#version = user.version;
    this.#entries = new Set([...(watching as Ticker[]), ...baskets.map(({ name }) => basketEntry(name))]);
    return true;
  }

  /** Accepts any version again, for a new socket. Keeps the current list until then. */
  resetVersions(): void {
    this.#version = NEVER;
    for (const [name, state] of this.#states) {
      if (this.#entries.has(basketEntry(name))) this.#states.set(name, { ...state, version: NEVER });
      else this.#states.delete(name);
    }
  }
}

const tickersOf = ({ tickers }: WireBasket) => tickers as readonly Ticker[];
