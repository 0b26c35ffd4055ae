import { IDLE_LIMIT_MS, type QuotesMessage } from "#protocol/messages.ts";
import { isAttachment, type PendingRequests, type Request, requestMessage } from "./agenda.ts";
import { backoffMs } from "./backoff.ts";
import { basketEntry, type Entry, isBasket } from "./entry.ts";
import type { ErrorFrame, Frame } from "./frames.ts";
import {
  type Holdings,
  isInRange,
  nextRange,
  syncMessage,
  type TickerRange,
  UnpricedRows,
} from "./holdings.ts";
import type { After } from "./timer.ts";

/** A request that is not answered within this time is repeated. */
export const ANSWER_TIMEOUT_MS = 5000;

/** How often in a row a request may fail before the socket itself is given up. */
export const MAX_FAILURES = 3;

/** The longest time between two `sync`; well under the 10 minutes after which API Gateway closes an idle connection. */
export const SYNC_INTERVAL_MS = 0.4 * IDLE_LIMIT_MS;

/** A visible client that has received nothing for this long sends a ping. */
export const SILENCE_MS = 30_000;

/** A ping after silence that is not answered within this time makes the shown prices count as stale. */
export const STALE_AFTER_MS = 2000;

/** The delay of a `sync` after a change of the list: lets a burst of changes cause one. */
export const LIST_SYNC_DELAY_MS = { from: 200, to: 400 };

/** The delay of a `sync` after a change of a basket, which may reach 100,000 clients at once. */
export const BASKET_SYNC_DELAY_MS = { from: 1000, to: 10_000 };

export interface WatchSessionOptions {
  readonly send: (text: string) => void;
  readonly requests: PendingRequests;
  /** What the client holds now. Read after each message was applied. */
  readonly holdings: () => Holdings;
  /** Whether a person can see the prices: only then silence is checked. @default true */
  readonly isVisible?: boolean;
  readonly after: After;
  readonly random: () => number;
  /** The service watches all that is wanted. */
  readonly onSettled: () => void;
  /** A request was not answered; it will be repeated. */
  readonly onUnanswered: () => void;
  /** A ping after silence is not answered yet; the socket may be dead. */
  readonly onSilent: () => void;
  /** The service will not do what was asked, for a reason that repeating does not change. */
  readonly onRefusal: (message: string) => void;
  /** Nothing more is to be had from this socket: replace it. */
  readonly onGiveUp: () => void;
}

interface SyncRequest {
  readonly action: "sync";
  readonly range: TickerRange;
  /** When it was sent. */
  readonly holdings: Holdings;
}

/** A request as it was sent: `name` is of this attempt alone, and its answer repeats it. */
interface Attempt {
  readonly name: string;
  readonly request: Request | SyncRequest | { readonly action: "ping" };
}

/**
 * What is asked and answered on one open socket, until nothing is left on the agenda.
 *
 * One request at a time: API Gateway runs the messages of one connection side by side, so that of a `watch` and an
 * `unwatch` in flight together either could come last.
 */
export class WatchSession {
  readonly #options: WatchSessionOptions;
  #agenda: PendingRequests;
  #isPingDue: boolean;
  #isSyncDue = false;
  /** Whether the due `sync` is needed even if every row has a quote. */
  #isSyncRequired = false;
  /** The part of a `sync` that is next; `undefined`: none is in progress. */
  #syncFrom: { readonly after: string | undefined } | undefined;
  readonly #unpriced = new UnpricedRows();
  readonly #plannedSyncs = new Map<"list" | "basket", () => void>();
  #attempts = 0;
  #inFlight: Attempt | undefined;
  /** What each `unwatch` named that failed from here and may yet be carried out, by the name of the attempt. */
  readonly #lost = new Map<string, readonly Entry[]>();
  #failures = 0;
  #isSettled = false;
  #isEnded = false;
  #isVisible: boolean;
  /** Whether anything was received since the request in flight was sent. */
  #hasReceived = false;
  #cancelRepeat = () => {};
  #cancelStale = () => {};
  #cancelSilence = () => {};
  #cancelSync = () => {};

  /** Asks for all that is on the agenda. */
  constructor(options: WatchSessionOptions) {
    this.#options = options;
    this.#isVisible = options.isVisible ?? true;
    this.#agenda = options.requests;
    this.#agenda.reset();
    // With nothing to ask for, only a ping shows that somebody is there.
    this.#isPingDue = this.#agenda.next() === undefined;
    this.#syncLater();
    this.#checkSilenceLater();
    this.sendNext();
  }

  /** Takes another agenda in the place of the one so far. */
  replaceRequests(agenda: PendingRequests): void {
    this.#agenda = agenda;
    this.#unpriced.clear();
    this.#syncFrom = undefined;
    agenda.reset();
    this.sendNext();
  }

  /** Asks for what is next, unless an answer is being waited for. To be called when the agenda has changed. */
  sendNext(): void {
    if (this.#inFlight || this.#isEnded) return;
    const request = this.#agenda.next() ?? this.#nextCheck();
    if (!request) this.#settle();
    else if (this.#mayBeUndone(request)) this.#options.onGiveUp();
    else this.#send(request);
  }

  /** Checks that the socket is alive, then that nothing was lost. */
  verify(): void {
    this.#isPingDue = true;
    this.#requireSync();
    this.sendNext();
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#checkSilenceLater();
  }

  /** Records that the socket is alive. To be called for every message, also one that {@link receive} does not know. */
  recordActivity(): void {
    this.#hasReceived = true;
    this.#checkSilenceLater();
  }

  receive(frame: Frame): void {
    switch (frame.action) {
      case "quotes":
        this.#receiveQuotes(frame);
        break;
      case "pong":
        this.#takeAnswer(frame.name);
        break;
      case "error":
        this.#receiveError(frame);
        break;
      case "failed":
        this.#failInFlight();
        break;
      case "notice":
        break;
    }
  }

  #receiveQuotes(frame: QuotesMessage): void {
    const { watching, baskets, request } = frame;
    if (watching) this.#agenda.reconcile(entriesOf(frame), frame.user?.id);
    this.#takeAnswer(request, frame);
    if (!watching && !baskets) return;
    // A list without a request is another connection's change. What came with an earlier change may have been lost.
    if (watching && request === undefined) {
      this.#isSyncRequired = true;
      this.#planSync("list");
    } else if (this.#unpriced.isAnyUnconfirmed(this.#options.holdings())) {
      this.#planSync(watching || request !== undefined ? "list" : "basket");
    }
    // What is no answer may have put something on the agenda.
    if (watching) this.sendNext();
  }

  /** Says nothing more. */
  close(): void {
    this.#isEnded = true;
    this.#cancelRepeat();
    this.#cancelStale();
    this.#cancelSilence();
    this.#cancelSync();
    for (const cancel of this.#plannedSyncs.values()) cancel();
  }

  #settle(): void {
    if (!this.#isSettled) this.#options.onSettled();
    this.#isSettled = true;
  }

  #nextCheck(): Attempt["request"] | undefined {
    if (this.#isPingDue) return { action: "ping" };
    if (this.#isSyncDue && !this.#syncFrom) {
      this.#isSyncDue = false;
      const isNeeded = this.#isSyncRequired || this.#unpriced.isAnyUnconfirmed(this.#options.holdings());
      this.#isSyncRequired = false;
      if (isNeeded) this.#syncFrom = { after: undefined };
    }
    if (!this.#syncFrom) return undefined;
    const holdings = this.#options.holdings();
    return { action: "sync", range: nextRange(holdings.tickers, this.#syncFrom.after), holdings };
  }

  #send(request: Attempt["request"]): void {
    const wasSettled = this.#isSettled;
    this.#isSettled = false;
    this.#hasReceived = false;
    this.#attempts += 1;
    const name = String(this.#attempts);
    this.#inFlight = { name, request };
    // A socket that was live and has not even answered a ping is dead. Other requests may wait for the graph.
    const isProof = request.action === "ping" && wasSettled;
    const { after, onSilent, onGiveUp, send } = this.#options;
    if (isProof) {
      this.#cancelStale = after(STALE_AFTER_MS, () => {
        if (!this.#hasReceived) onSilent();
      });
    }
    this.#cancelRepeat = after(ANSWER_TIMEOUT_MS, () => {
      if (isProof && !this.#hasReceived) onGiveUp();
      else this.#fail(0);
    });
    send(JSON.stringify(messageOf(request, name)));
  }

  /** Takes the attempt of this name for answered. One that was given up is at least not lost any more. */
  #takeAnswer(name: string | undefined, frame?: QuotesMessage): void {
    if (name === undefined) return;
    this.#lost.delete(name);
    if (this.#inFlight?.name !== name) return;
    const { request } = this.#close(this.#inFlight);
    if (request.action === "ping") this.#isPingDue = false;
    else if (request.action === "sync") this.#finishSync(request, frame);
    else {
      if (frame) this.#unpriced.confirm(askedTickers(request, frame));
      this.#agenda.ack(request);
    }
    this.sendNext();
  }

  #finishSync({ range, holdings }: SyncRequest, frame?: QuotesMessage): void {
    const covered = [...holdings.tickers, ...(frame ? tickersOf(frame) : [])];
    this.#unpriced.confirm(covered.filter((ticker) => isInRange(ticker, range)));
    this.#syncFrom = range.until === undefined ? undefined : { after: range.until };
  }

  #receiveError({ code, message, request: name }: ErrorFrame): void {
    const isLate = name !== undefined && name !== this.#inFlight?.name;
    if (code === "unknown-connection") this.#options.onGiveUp();
    else if (isLate) this.#receiveLateError(name, code);
    else if (code === "internal") this.#failInFlight();
    // A service that was deployed before `sync` existed.
    else if (code === "not-implemented" && this.#inFlight?.request.action === "sync") {
      this.#takeAnswer(this.#inFlight.name);
    } else this.#refuse(message);
  }

  /** Nothing is to be shown: the request was made again, and will be refused again. */
  #receiveLateError(name: string, code: string): void {
    // The graph may yet do what it was asked in vain; what is refused was never asked of it.
    if (code !== "internal") this.#lost.delete(name);
  }

  #refuse(message: string): void {
    this.#options.onRefusal(message);
    if (!this.#inFlight) return;
    const { request } = this.#close(this.#inFlight);
    if (request.action === "ping") this.#isPingDue = false;
    else if (request.action === "sync") this.#syncFrom = undefined;
    else this.#agenda.reject(request, message);
    this.sendNext();
  }

  #close(attempt: Attempt): Attempt {
    this.#cancelRepeat();
    this.#cancelStale();
    this.#inFlight = undefined;
    this.#failures = 0;
    return attempt;
  }

  #failInFlight(): void {
    if (this.#inFlight) this.#fail(backoffMs(this.#failures + 1, this.#options.random));
  }

  #fail(repeatAfterMs: number): void {
    this.#cancelRepeat();
    this.#cancelStale();
    this.#failures += 1;
    const { name, request } = this.#inFlight ?? {};
    if (name && request?.action === "unwatch") this.#lost.set(name, request.entries);
    // While the graph is down a `sync` fails on every socket. One that still receives is better kept.
    const isAlive = request?.action === "sync" && this.#hasReceived;
    if (this.#failures >= MAX_FAILURES && !isAlive) {
      this.#options.onGiveUp();
      return;
    }
    this.#options.onUnanswered();
    this.#cancelRepeat = this.#options.after(repeatAfterMs, () => {
      this.#inFlight = undefined;
      this.sendNext();
    });
  }

  /**
   * Whether an `unwatch` that was lost could come after this `watch` and undo it, with an answer that is lost too. A new
   * socket knows nothing of it: the service does nothing for a connection that is gone.
   */
  #mayBeUndone(request: Attempt["request"]): boolean {
    if (request.action !== "watch") return false;
    const lost = new Set(Array.from(this.#lost.values()).flat());
    return request.entries.some((entry) => lost.has(entry));
  }

  #requireSync(): void {
    this.#isSyncDue = true;
    this.#isSyncRequired = true;
  }

  /** Makes a `sync` due after a delay, unless one of this kind is planned already. */
  #planSync(kind: "list" | "basket"): void {
    if (this.#plannedSyncs.has(kind)) return;
    const delay = kind === "list" ? LIST_SYNC_DELAY_MS : BASKET_SYNC_DELAY_MS;
    const cancel = this.#options.after(this.#between(delay.from, delay.to), () => {
      this.#plannedSyncs.delete(kind);
      this.#isSyncDue = true;
      this.sendNext();
    });
    this.#plannedSyncs.set(kind, cancel);
  }

  /** At a random time before the interval ends: clients that connected together do not send `sync` together. */
  #syncLater(): void {
    const delayMs = this.#between(0.75 * SYNC_INTERVAL_MS, SYNC_INTERVAL_MS);
    this.#cancelSync = this.#options.after(delayMs, () => {
      this.#syncLater();
      this.#requireSync();
      this.sendNext();
    });
  }

  #checkSilenceLater(): void {
    this.#cancelSilence();
    if (!this.#isVisible || this.#isEnded) return;
    this.#cancelSilence = this.#options.after(SILENCE_MS, () => {
      this.#isPingDue = true;
      this.sendNext();
    });
  }

  #between(from: number, to: number): number {
    return from + this.#options.random() * (to - from);
  }
}

function messageOf(request: Attempt["request"], name: string) {
  switch (request.action) {
    case "ping":
      return { ...request, name };
    case "sync":
      return syncMessage(request.holdings, request.range, name);
    default:
      return requestMessage(request, name);
  }
}

/** All that a list in a frame names. */
function entriesOf({ watching = [], baskets = [] }: QuotesMessage): ReadonlySet<Entry> {
  return new Set([...(watching as Entry[]), ...baskets.map(({ name }) => basketEntry(name))]);
}

/** All tickers of the list and the baskets in a frame. */
function tickersOf({ watching = [], baskets = [] }: QuotesMessage): readonly string[] {
  return [...watching, ...baskets.flatMap(({ tickers }) => tickers)];
}

/** The tickers whose quotes an answer contains if they have a price: all for a new user, else those of the request. */
function askedTickers(request: Request, frame: QuotesMessage): readonly string[] {
  if (isAttachment(request)) return tickersOf(frame);
  if (request.action === "unwatch") return [];
  const asked = new Set(request.entries);
  const included = (frame.baskets ?? []).filter(({ name }) => asked.has(basketEntry(name)));
  return [
    ...request.entries.filter((entry) => !isBasket(entry)),
    ...included.flatMap(({ tickers }) => tickers),
  ];
}
