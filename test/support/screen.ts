import { setImmediate as nextTurn } from "node:timers/promises";
import type { Connections, PostOutcome } from "#lambdas/connections/connections.ts";
import type { ServerMessage, SyncMessage, WireQuote } from "#protocol/messages.ts";

/** The state of one client, which keeps the newest versions as docs/protocol.md requires. */
export class Screen {
  readonly #quotes = new Map<string, WireQuote>();
  readonly #baskets = new Map<string, { readonly version: number; readonly tickers: readonly string[] }>();
  #watching: readonly string[] = [];
  #basketNames: readonly string[] = [];
  #user: { readonly id: string; readonly version: number } | undefined;
  isOpen = true;

  receive(message: ServerMessage): void {
    if (message.action !== "quotes") return;
    const { watching, baskets = [], user, quotes } = message;
    for (const basket of baskets) {
      if (basket.version >= (this.#baskets.get(basket.name)?.version ?? -1)) {
        this.#baskets.set(basket.name, basket);
      }
    }
    if (watching && (user?.version ?? 0) >= (this.#user?.version ?? 0)) {
      this.#user = user;
      this.#watching = watching;
      this.#basketNames = baskets.map(({ name }) => name);
    }
    for (const quote of quotes) {
      if (quote.version > (this.#quotes.get(quote.ticker)?.version ?? 0))
        this.#quotes.set(quote.ticker, quote);
    }
  }

  /** The `sync` message with everything that the client holds. */
  get syncMessage(): SyncMessage {
    const versions = <Held extends { readonly version: number }>(held: ReadonlyMap<string, Held>) =>
      Object.fromEntries([...held].map(([name, { version }]) => [name, version]));
    return {
      action: "sync",
      quotes: versions(this.#quotes),
      baskets: versions(this.#baskets),
      ...(this.#user && { user: this.#user }),
    };
  }

  /** The shown version of each ticker; 0 without a price. */
  get shown(): Readonly<Record<string, number>> {
    const included = this.#basketNames.flatMap((name) => this.#baskets.get(name)?.tickers ?? []);
    const tickers = [...new Set([...this.#watching, ...included])].sort();
    return Object.fromEntries(tickers.map((ticker) => [ticker, this.#quotes.get(ticker)?.version ?? 0]));
  }
}

/** Many screens behind an unreliable network: posts are delayed at random, and one in ten is delivered twice. */
export class Screens implements Connections {
  readonly #screens = new Map<string, Screen>();

  open(connectionId: string): Screen {
    const screen = new Screen();
    this.#screens.set(connectionId, screen);
    return screen;
  }

  async post(connectionId: string, data: string): Promise<PostOutcome> {
    for (let times = Math.random() < 0.1 ? 2 : 1; times > 0; times--) {
      await waitRandomTurns();
      const screen = this.#screens.get(connectionId);
      if (!screen?.isOpen) return "gone";
      screen.receive(JSON.parse(data) as ServerMessage);
    }
    return "delivered";
  }

  async close(connectionId: string): Promise<boolean> {
    if (!this.#screens.get(connectionId)?.isOpen) return true;
    throw new Error(`Expected no open connection to be closed, got ${connectionId}.`);
  }
}

/** Resolves after 0 to 7 turns of the event loop, at random, so that concurrent work interleaves. */
export async function waitRandomTurns(): Promise<void> {
  for (let turns = Math.floor(Math.random() * 8); turns > 0; turns--) await nextTurn();
}
