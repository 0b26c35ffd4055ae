/**
 * Property test: after random loss, delay and reordering of messages, one keep-alive on a working connection makes the
 * client equal to the service. Only the answer to `sync` is real; the rest of the service is a model (see test/flows).
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Entry, groupByKind } from "#client/entry.ts";
import type { Frame } from "#client/frames.ts";
import { type Holdings, holdingsOf } from "#client/holdings.ts";
import { OwnListRequests } from "#client/own-list-requests.ts";
import { QuoteBoard, type Row } from "#client/quote-board.ts";
import { UserListRequests } from "#client/user-list-requests.ts";
import { WatchList } from "#client/watch-list.ts";
import { SYNC_INTERVAL_MS, WatchSession } from "#client/watch-session.ts";
import { ManualClock } from "#emulator/clock.ts";
import { quotesMessage, watchingMessage } from "#lambdas/delivery/messages.ts";
import type { Watched } from "#lambdas/graph/subscriptions.ts";
import { buildSyncResponse } from "#lambdas/watch/sync.ts";
import type { ClientMessage, QuotesMessage } from "#protocol/messages.ts";
import type { Quote, Ticker } from "#protocol/quote.ts";

const USER = "user003";
const TICKERS = ["A", "B", "C", "D", "E", "F"] as readonly string[] as readonly Ticker[];
const BASKETS = ["X", "Y"];
const ENTRIES: readonly Entry[] = [...TICKERS, "@X", "@Y"];

/** Prices, baskets and lists with increasing versions. */
class Service {
  readonly quotes = new Map<Ticker, Quote>();
  readonly baskets = new Map(
    BASKETS.map((name) => [name, { name, version: 0, tickers: [] as readonly Ticker[] }]),
  );
  readonly entries = new Set<Entry>();
  listVersion = 0;
  #clock = 0;

  readonly userId: string | undefined;

  constructor(userId: string | undefined) {
    this.userId = userId;
  }

  publish(ticker: Ticker): readonly Quote[] {
    this.#clock += 1;
    const quote = {
      ticker,
      priceCents: this.#clock,
      version: this.#clock,
      at: new Date(this.#clock).toISOString(),
    };
    this.quotes.set(ticker, quote);
    return this.watched.tickers.includes(ticker) || this.included.has(ticker) ? [quote] : [];
  }

  setBasket(name: string, tickers: readonly Ticker[]): void {
    this.#clock += 1;
    this.baskets.set(name, { name, version: this.#clock, tickers });
  }

  change(entries: readonly Entry[], isWatched: boolean): void {
    this.#clock += 1;
    this.listVersion = this.#clock;
    for (const entry of entries) {
      if (isWatched) this.entries.add(entry);
      else this.entries.delete(entry);
    }
  }

  get included(): ReadonlySet<Ticker> {
    return new Set(this.watched.baskets.flatMap(({ tickers }) => tickers));
  }

  get watched(): Watched {
    const { tickers, baskets: names } = groupByKind(this.entries);
    const baskets = [...this.baskets.values()].filter(({ name }) => names.includes(name));
    const all = new Set([...tickers, ...baskets.flatMap((basket) => basket.tickers)]);
    const quotes = [...this.quotes.values()].filter(({ ticker }) => all.has(ticker));
    const list = { tickers: tickers.sort(), baskets, quotes };
    return this.userId === undefined
      ? list
      : { ...list, user: { id: this.userId, version: this.listVersion } };
  }

  /** Applies the change that a message requests and returns the answer. */
  answer(message: ClientMessage): QuotesMessage {
    if (message.action === "sync") {
      const held = {
        ...message,
        quotes: new Map(Object.entries(message.quotes ?? {})),
        baskets: new Map(Object.entries(message.baskets ?? {})),
      };
      return buildSyncResponse(held, "a=", this.watched);
    }
    if (message.action === "watch" || message.action === "unwatch") {
      const { tickers = [], baskets = [] } = message;
      const entries = [...tickers, ...baskets.map((name) => `@${name}`)] as Entry[];
      this.change(entries, message.action === "watch");
      const asked = new Set([
        ...tickers,
        ...baskets.flatMap((name) => this.baskets.get(name)?.tickers ?? []),
      ]);
      const quotes = this.watched.quotes.filter(({ ticker }) => asked.has(ticker));
      return watchingMessage("a=", this.watched, message.action === "watch" ? quotes : []);
    }
    return watchingMessage("a=", this.watched, this.watched.quotes);
  }
}

/** The rows of the page, without DOM. */
class Rows {
  readonly list: WatchList;
  readonly #board = new QuoteBoard();
  readonly #cents = new Map<string, number | undefined>();

  constructor(userId: string | undefined) {
    this.list = new WatchList(userId);
  }

  get holdings(): Holdings {
    return holdingsOf(this.list, this.#board.versions);
  }

  /** Tickers with their prices in cents, sorted. */
  get shown(): readonly (readonly [string, number | undefined])[] {
    const shown = this.list.lines.map(({ ticker }) => [ticker, this.#cents.get(ticker)] as const);
    return shown.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  take(message: QuotesMessage): void {
    if (this.list.apply(message)) this.keep();
    this.#paint(this.#board.apply(message.quotes));
  }

  keep(): void {
    const { priced, removed } = this.#board.setTickers(this.list.lines.map(({ ticker }) => ticker));
    for (const ticker of removed) this.#cents.delete(ticker);
    this.#paint(priced);
  }

  forgetVersions(): void {
    this.list.resetVersions();
    this.#board.resetVersions();
  }

  #paint(rows: readonly Row[]): void {
    for (const { ticker, price } of rows) this.#cents.set(ticker, price?.cents);
  }
}

/** A service, a client and the messages in transit. */
class World {
  readonly service: Service;
  readonly rows: Rows;
  readonly #clock = new ManualClock(0);
  readonly #requests: OwnListRequests | UserListRequests;
  readonly #userId: string | undefined;
  #session: WatchSession | undefined;
  #wire: Frame[] = [];
  #isReliable = false;

  constructor(userId: string | undefined) {
    this.#userId = userId;
    this.service = new Service(userId);
    this.rows = new Rows(userId);
    this.#requests =
      userId === undefined
        ? new OwnListRequests()
        : new UserListRequests({ action: "user", id: userId }, () => {});
    this.connect();
  }

  connect(): void {
    this.#session?.close();
    this.#session = undefined;
    this.#wire = [];
    this.rows.forgetVersions();
    if (this.#userId === undefined) this.service.change([...this.service.entries], false);
    this.#session = new WatchSession({
      // Each request is executed, even if its answer is lost.
      send: (text) => this.push(this.#answer(JSON.parse(text))),
      requests: this.#requests,
      holdings: () => this.rows.holdings,
      isVisible: false,
      after: (delayMs, action) => this.#clock.after(delayMs, action),
      random: () => 0.5,
      onSettled() {},
      onUnanswered() {},
      onSilent() {},
      onRejection() {},
      onGiveUp: () => this.connect(),
    });
  }

  /** Changes the list at the client. */
  choose(entry: Entry, isWatched: boolean): void {
    if (this.#userId === undefined) {
      if (isWatched) this.rows.list.add([entry]);
      else this.rows.list.remove(entry);
      this.rows.keep();
    }
    if (isWatched) this.#requests.watch([entry]);
    else this.#requests.unwatch(entry);
    this.#session?.sendNext();
  }

  push(frame: Frame): void {
    this.#wire.push(frame);
  }

  /** Delivers or loses one of the frames in transit, in any order. */
  resolve(index: number, isLost: boolean): void {
    const [frame] = this.#wire.splice(index % Math.max(1, this.#wire.length), 1);
    if (frame && !isLost) this.#receive(frame);
  }

  /** Loses the frames in transit, and none afterwards. */
  heal(): void {
    this.#wire = [];
    this.#isReliable = true;
  }

  advance(ms: number): void {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.#clock.advance(STEP_MS);
      while (this.#isReliable && this.#wire.length > 0) this.resolve(0, false);
    }
  }

  #receive(frame: Frame): void {
    if (frame.action === "quotes") this.rows.take(frame);
    this.#session?.recordActivity();
    this.#session?.receive(frame);
  }

  #answer(message: ClientMessage): Frame {
    if (message.action === "ping") return { action: "pong", name: message.name };
    const { request } = message;
    return { ...this.service.answer(message), ...(request !== undefined && { request }) };
  }
}

const STEP_MS = 250;

const index = fc.nat({ max: 20 });
const command = fc.oneof(
  fc.record({ do: fc.constant("publish" as const), ticker: fc.constantFrom(...TICKERS) }),
  fc.record({
    do: fc.constant("set basket" as const),
    name: fc.constantFrom(...BASKETS),
    tickers: fc.subarray([...TICKERS]),
  }),
  fc.record({
    do: fc.constantFrom("choose" as const, "choose elsewhere" as const),
    entry: fc.constantFrom(...ENTRIES),
    isWatched: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom("deliver" as const, "lose" as const), index }),
  fc.record({ do: fc.constant("deliver" as const), index }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 30_000 }) }),
  fc.record({ do: fc.constant("reconnect" as const) }),
);

type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

function carryOut(world: World, step: Command): void {
  const { service } = world;
  switch (step.do) {
    case "publish": {
      const quotes = service.publish(step.ticker);
      if (quotes.length > 0) world.push(quotesMessage("a=", quotes));
      return;
    }
    case "set basket": {
      service.setBasket(step.name, step.tickers);
      const { baskets, quotes } = service.watched;
      const changed = baskets.filter(({ name }) => name === step.name);
      const included = quotes.filter(({ ticker }) => step.tickers.includes(ticker));
      if (changed.length > 0) world.push({ ...quotesMessage("a=", included), baskets: changed });
      return;
    }
    case "choose elsewhere": {
      if (service.userId === undefined) return;
      service.change([step.entry], step.isWatched);
      const { quotes } = service.watched;
      const added = quotes.filter(({ ticker }) => step.isWatched && ticker === step.entry);
      world.push(watchingMessage("a=", service.watched, added));
      return;
    }
    case "choose":
      world.choose(step.entry, step.isWatched);
      return;
    case "deliver":
    case "lose":
      world.resolve(step.index, step.do === "lose");
      return;
    case "wait":
      world.advance(step.ms);
      return;
    case "reconnect":
      world.connect();
      return;
  }
}

test.each([
  ["its own list", undefined],
  ["the list of a user", USER],
])("a client with %s equals the service after one keep-alive despite earlier losses", (_, userId) => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const world = new World(userId);
      for (const step of commands) carryOut(world, step);
      world.heal();
      world.advance(SYNC_INTERVAL_MS);
      const { tickers, baskets, quotes } = world.service.watched;
      const priceOf = new Map(quotes.map(({ ticker, priceCents }) => [ticker, priceCents]));
      const all = new Set([...tickers, ...baskets.flatMap((basket) => basket.tickers)]);
      expect(world.rows.shown).toStrictEqual([...all].sort().map((ticker) => [ticker, priceOf.get(ticker)]));
      expect([...world.rows.list.entries].sort()).toStrictEqual([...world.service.entries].sort());
      expect(
        Array.from(world.rows.list.baskets, ({ name, tickers: shown }) => [name, shown]).sort(),
      ).toStrictEqual(baskets.map(({ name, tickers: included }) => [name, included]).sort());
    }),
    { numRuns: 500 },
  );
});
