import { IDLE_LIMIT_MS, type QuotesMessage } from "#protocol/messages.ts";
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
import { isAttachment, type PendingRequests, type Request, requestMessage } from "./pending-requests.ts";
import type { After } from "./timer.ts";

/** A request without an answer is repeated after this time. */
export const ANSWER_TIMEOUT_MS = 5000;

/** Consecutive failures after which the socket is replaced. */
export const MAX_FAILURES = 3;

/** The longest time between two `sync`; well under the 10 minutes after which API Gateway closes an idle connection. */
export const SYNC_INTERVAL_MS = 0.4 * IDLE_LIMIT_MS;

/** A visible client that has received nothing for this long sends a ping. */
export const SILENCE_MS = 30_000;

/** Prices are shown as stale when a ping after silence has no answer for this long. */
export const STALE_AFTER_MS = 2000;

/** The delay of a `sync` after a list change, so that a burst of changes causes one. */
export const LIST_SYNC_DELAY_MS = { from: 200, to: 400 };

/** The delay of a `sync` after a basket change, which may reach 100,000 clients at once. */
export const BASKET_SYNC_DELAY_MS = { from: 1000, to: 10_000 };

export interface WatchSessionOptions {
  readonly send: (text: string) => void;
  readonly requests: PendingRequests;
  /** The current holdings, read after each message was applied. */
  readonly holdings: () => Holdings;
  /** Whether the prices are visible: only then is silence checked. @default true */
  readonly isVisible?: boolean;
  readonly after: After;
  readonly random: () => number;
  /** The service has carried out all requests. */
  readonly onSettled: () => void;
  /** A request timed out or failed and will be repeated. */
  readonly onUnanswered: () => void;
  /** A ping after silence has no answer yet; the socket may be dead. */
  readonly onSilent: () => void;
  /** A request failed permanently: a retry would get the same error. */
  readonly onRejection: (message: string) => void;
  /** The socket is unusable and must be replaced. */
  readonly onGiveUp: () => void;
}

interface SyncRequest {
  readonly action: "sync";
  readonly range: TickerRange;
  /** When it was sent. */
  readonly holdings: Holdings;
}

/** A sent request. */
interface Attempt {
  /** Unique per attempt; the service echoes it in the answer. */
  readonly id: string;
  readonly request: Request | SyncRequest | { readonly action: "ping" };
}

/**
 * Sends the pending requests over one open socket, one at a time: API Gateway handles the messages of a connection
 * concurrently, so a `watch` and an `unwatch` in flight together could be carried out in either order.
 */
export class WatchSession {
  readonly #options: WatchSessionOptions;
  #requests: PendingRequests;
  #isPingDue: boolean;
  #isSyncDue = false;
  /** Whether the due `sync` is needed even if every row has a quote. */
  #isSyncRequired = false;
  /** Where the next range of the `sync` starts; `undefined` if no `sync` is in progress. */
  #syncFrom: { readonly after: string | undefined } | undefined;
  readonly #unpriced = new UnpricedRows();
  readonly #plannedSyncs = new Map<"list" | "basket", () => void>();
  #attempts = 0;
  #inFlight: Attempt | undefined;
  /** The entries of each `unwatch` that timed out but may still be executing, by attempt. */
  readonly #unconfirmed = new Map<string, readonly Entry[]>();
  #failures = 0;
  #isSettled = false;
  #isEnded = false;
  #isVisible: boolean;
  /** Since the request in flight was sent. */
  #hasReceived = false;
  #cancelRepeat = () => {};
  #cancelStale = () => {};
  #cancelSilence = () => {};
  #cancelSync = () => {};

  /** Sends the first request. */
  constructor(options: WatchSessionOptions) {
    this.#options = options;
    this.#isVisible = options.isVisible ?? true;
    this.#requests = options.requests;
    this.#requests.reset();
    // Without a request, only the answer to a ping proves that the service is reachable.
    this.#isPingDue = this.#requests.next() === undefined;
    this.#syncLater();
    this.#checkSilenceLater();
    this.sendNext();
  }

  /** Continues with other requests on the same socket. */
  replaceRequests(requests: PendingRequests): void {
    this.#requests = requests;
    this.#unpriced.clear();
    this.#syncFrom = undefined;
    requests.reset();
    this.sendNext();
  }

  /** Sends the next request unless one is in flight. Call it when the pending requests have changed. */
  sendNext(): void {
    if (this.#inFlight || this.#isEnded) return;
    const request = this.#requests.next() ?? this.#nextCheck();
    if (!request) this.#settle();
    else if (this.#mayBeUndone(request)) this.#options.onGiveUp();
    else this.#send(request);
  }

  /** Sends a ping, then a `sync`. */
  verify(): void {
    this.#isPingDue = true;
    this.#requireSync();
    this.sendNext();
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#checkSilenceLater();
  }

  /** Records that the socket is alive. Call it for every message, including unknown ones. */
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
        this.#handleAnswer(frame.name);
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
    if (watching) this.#requests.reconcile(entriesOf(frame), frame.user?.id);
    this.#handleAnswer(request, frame);
    if (!watching && !baskets) return;
    // A list without a request comes from another connection; an earlier message of this kind may have been lost.
    if (watching && request === undefined) {
      this.#isSyncRequired = true;
      this.#planSync("list");
    } else if (this.#unpriced.isAnyUnconfirmed(this.#options.holdings())) {
      this.#planSync(watching || request !== undefined ? "list" : "basket");
    }
    // A list that is no answer may have added pending requests.
    if (watching) this.sendNext();
  }

  /** Cancels all timers and sends nothing more. */
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
    const id = String(this.#attempts);
    this.#inFlight = { id, request };
    // A ping does not need the graph: a live socket that does not answer one is dead.
    const isLivenessPing = request.action === "ping" && wasSettled;
    const { after, onSilent, onGiveUp, send } = this.#options;
    if (isLivenessPing) {
      this.#cancelStale = after(STALE_AFTER_MS, () => {
        if (!this.#hasReceived) onSilent();
      });
    }
    this.#cancelRepeat = after(ANSWER_TIMEOUT_MS, () => {
      if (isLivenessPing && !this.#hasReceived) onGiveUp();
      else this.#fail(0);
    });
    send(JSON.stringify(messageOf(request, id)));
  }

  /** Completes the attempt with this id. An attempt that has timed out only becomes confirmed. */
  #handleAnswer(id: string | undefined, frame?: QuotesMessage): void {
    if (id === undefined) return;
    this.#unconfirmed.delete(id);
    if (this.#inFlight?.id !== id) return;
    const { request } = this.#close(this.#inFlight);
    if (request.action === "ping") this.#isPingDue = false;
    else if (request.action === "sync") this.#finishSync(request, frame);
    else {
      if (frame) this.#unpriced.confirm(coveredTickers(request, frame));
      this.#requests.ack(request);
    }
    this.sendNext();
  }

  #finishSync({ range, holdings }: SyncRequest, frame?: QuotesMessage): void {
    const covered = [...holdings.tickers, ...(frame ? tickersOf(frame) : [])];
    this.#unpriced.confirm(covered.filter((ticker) => isInRange(ticker, range)));
    this.#syncFrom = range.until === undefined ? undefined : { after: range.until };
  }

  #receiveError({ code, message, request: id }: ErrorFrame): void {
    const isLate = id !== undefined && id !== this.#inFlight?.id;
    if (code === "unknown-connection") this.#options.onGiveUp();
    else if (isLate) this.#receiveLateError(id, code);
    else if (code === "internal") this.#failInFlight();
    // An older service does not implement `sync`.
    else if (code === "not-implemented" && this.#inFlight?.request.action === "sync") {
      this.#handleAnswer(this.#inFlight.id);
    } else this.#reject(message);
  }

  /** Shows no message: the request was repeated and will be rejected again. */
  #receiveLateError(id: string, code: string): void {
    // After `internal` the graph may still execute the request; after other errors it does not.
    if (code !== "internal") this.#unconfirmed.delete(id);
  }

  #reject(message: string): void {
    this.#options.onRejection(message);
    if (!this.#inFlight) return;
    const { request } = this.#close(this.#inFlight);
    if (request.action === "ping") this.#isPingDue = false;
    else if (request.action === "sync") this.#syncFrom = undefined;
    else this.#requests.reject(request, message);
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
    const { id, request } = this.#inFlight ?? {};
    if (id && request?.action === "unwatch") this.#unconfirmed.set(id, request.entries);
    // While the graph is down, `sync` fails on every socket, so a socket that still receives messages is kept.
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
   * Whether an unconfirmed `unwatch` could execute after this `watch` and undo it. A new socket avoids that, because the
   * service ignores requests of closed connections.
   */
  #mayBeUndone(request: Attempt["request"]): boolean {
    if (request.action !== "watch") return false;
    const unconfirmed = new Set(Array.from(this.#unconfirmed.values()).flat());
    return request.entries.some((entry) => unconfirmed.has(entry));
  }

  #requireSync(): void {
    this.#isSyncDue = true;
    this.#isSyncRequired = true;
  }

  /** Makes a `sync` due after a delay, unless one of this kind is already planned. */
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

  /** At a random time before the interval ends, so that clients that connected together do not `sync` together. */
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

function messageOf(request: Attempt["request"], id: string) {
  switch (request.action) {
    case "ping":
      return { ...request, name: id };
    case "sync":
      return syncMessage(request.holdings, request.range, id);
    default:
      return requestMessage(request, id);
  }
}

/** All entries of the list in a frame. */
function entriesOf({ watching = [], baskets = [] }: QuotesMessage): ReadonlySet<Entry> {
  return new Set([...(watching as Entry[]), ...baskets.map(({ name }) => basketEntry(name))]);
}

/** All tickers of the list and the baskets in a frame. */
function tickersOf({ watching = [], baskets = [] }: QuotesMessage): readonly string[] {
  return [...watching, ...baskets.flatMap(({ tickers }) => tickers)];
}

/** The tickers that an answer covers: all after an attachment, else those of the request. */
function coveredTickers(request: Request, frame: QuotesMessage): readonly string[] {
  if (isAttachment(request)) return tickersOf(frame);
  if (request.action === "unwatch") return [];
  const requested = new Set(request.entries);
  const included = (frame.baskets ?? []).filter(({ name }) => requested.has(basketEntry(name)));
  return [
    ...request.entries.filter((entry) => !isBasket(entry)),
    ...included.flatMap(({ tickers }) => tickers),
  ];
}
