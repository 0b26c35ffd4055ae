import { type ClientMessage, IDLE_LIMIT_MS, MAX_TICKERS_PER_MESSAGE } from "../lambdas/protocol.ts";
import type { Ticker } from "../lambdas/quote.ts";
import { backoffMs } from "./backoff.ts";
import type { Frame } from "./frames.ts";
import type { After } from "./timer.ts";

/** A request that is not answered within this time is repeated. */
export const ANSWER_TIMEOUT_MS = 5000;

/** How often in a row a request may fail before the socket itself is given up. */
export const MAX_FAILURES = 3;

/** Well under the 10 minutes after which API Gateway closes an idle connection. */
export const PING_INTERVAL_MS = 0.4 * IDLE_LIMIT_MS;

export interface DialogueOptions {
  readonly send: (text: string) => void;
  /** What the page wants to be told of. The caller changes it, then calls `watch` or `unwatch`. */
  readonly wanted: ReadonlySet<Ticker>;
  readonly after: After;
  readonly random: () => number;
  /** The service watches all that is wanted. */
  readonly onSettled: () => void;
  /** A request was not answered; it will be repeated. */
  readonly onUnanswered: () => void;
  /** The service will not do what was asked, for a reason that repeating does not change. */
  readonly onRefusal: (message: string) => void;
  /** Nothing more is to be had from this socket: replace it. */
  readonly onGiveUp: () => void;
}

/**
 * What is asked and answered on one open socket, until the service watches what the page wants.
 *
 * One request at a time: API Gateway runs the messages of one connection side by side, so that of a `watch` and an
 * `unwatch` in flight together either could come last.
 */
export class WatchDialogue {
  readonly #options: DialogueOptions;
  /** Wanted, and not answered yet. */
  readonly #toWatch: Set<string>;
  /** What the service said last that this connection watches. */
  #watching: ReadonlySet<string> = new Set();
  /** Not to be asked for again: the answer would be the same. */
  readonly #refused = new Set<string>();
  /** Their `unwatch` failed from here, and may yet be carried out. */
  readonly #doubtful = new Set<string>();
  #isPingDue: boolean;
  #inFlight: ClientMessage | undefined;
  #failures = 0;
  #cancelRepeat = () => {};
  #cancelPing = () => {};

  /** Asks for all that is wanted. */
  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#toWatch = new Set(options.wanted);
    // With nothing to watch, only a ping shows that somebody is there.
    this.#isPingDue = options.wanted.size === 0;
    this.#pingLater();
    this.#askNext();
  }

  /** Asks for the last price of `tickers` and to be told of each new one. */
  watch(tickers: readonly Ticker[]): void {
    for (const ticker of tickers) {
      this.#refused.delete(ticker);
      this.#toWatch.add(ticker);
    }
    this.#askNext();
  }

  /** Asks not to be told of `ticker` any more. */
  unwatch(ticker: Ticker): void {
    this.#toWatch.delete(ticker);
    this.#askNext();
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#isPingDue = true;
    this.#askNext();
  }

  receive(frame: Frame): void {
    if (frame.action === "failed" || (frame.action === "error" && frame.code === "internal")) {
      if (this.#inFlight) this.#fail(backoffMs(this.#failures + 1, this.#options.random));
    } else if (frame.action === "error") {
      if (frame.code === "unknown-connection") this.#options.onGiveUp();
      else this.#refuse(frame.message);
    } else {
      this.#learn(frame);
    }
  }

  /** Says nothing more. */
  end(): void {
    this.#cancelRepeat();
    this.#cancelPing();
  }

  #learn(frame: Frame): void {
    if (frame.action === "quotes" && frame.watching) {
      this.#watching = new Set(frame.watching);
      // An `unwatch` that was slow may have undone a `watch`: the answers tell.
      for (const ticker of this.#options.wanted) {
        if (!this.#watching.has(ticker) && !this.#refused.has(ticker)) this.#toWatch.add(ticker);
      }
    }
    if (this.#inFlight && answers(frame, this.#inFlight)) this.#close(this.#inFlight);
  }

  #refuse(message: string): void {
    this.#options.onRefusal(message);
    if (!this.#inFlight) return;
    for (const ticker of tickersOf(this.#inFlight)) this.#refused.add(ticker);
    this.#close(this.#inFlight);
  }

  #close(request: ClientMessage): void {
    this.#cancelRepeat();
    this.#inFlight = undefined;
    this.#failures = 0;
    if (request.action === "watch") for (const ticker of request.tickers) this.#toWatch.delete(ticker);
    if (request.action === "ping") this.#isPingDue = false;
    this.#askNext();
  }

  #fail(repeatAfterMs: number): void {
    this.#cancelRepeat();
    this.#failures += 1;
    if (this.#inFlight?.action === "unwatch") {
      for (const ticker of this.#inFlight.tickers) this.#doubtful.add(ticker);
    }
    if (this.#failures >= MAX_FAILURES) {
      this.#options.onGiveUp();
      return;
    }
    this.#options.onUnanswered();
    this.#cancelRepeat = this.#options.after(repeatAfterMs, () => {
      this.#inFlight = undefined;
      this.#askNext();
    });
  }

  #askNext(): void {
    if (this.#inFlight) return;
    const request = this.#nextRequest();
    if (!request) {
      this.#options.onSettled();
    } else if (request.action === "watch" && request.tickers.some((ticker) => this.#doubtful.has(ticker))) {
      // The lost `unwatch` could come after this `watch` and undo it unseen. A new socket knows nothing of it.
      this.#options.onGiveUp();
    } else {
      this.#inFlight = request;
      this.#cancelRepeat = this.#options.after(ANSWER_TIMEOUT_MS, () => this.#fail(0));
      this.#options.send(JSON.stringify(request));
    }
  }

  #nextRequest(): ClientMessage | undefined {
    // First, because it makes room for others under the limit of a connection.
    const unwanted = Array.from(this.#watching).filter(
      (ticker) => !this.#refused.has(ticker) && !this.#isWanted(ticker),
    );
    if (unwanted.length > 0)
      return { action: "unwatch", tickers: unwanted.slice(0, MAX_TICKERS_PER_MESSAGE) };
    if (this.#toWatch.size > 0) {
      return { action: "watch", tickers: [...this.#toWatch].slice(0, MAX_TICKERS_PER_MESSAGE) };
    }
    return this.#isPingDue ? { action: "ping", name: "page" } : undefined;
  }

  #isWanted(ticker: string): boolean {
    return (this.#options.wanted as ReadonlySet<string>).has(ticker);
  }

  #pingLater(): void {
    this.#cancelPing = this.#options.after(PING_INTERVAL_MS, () => {
      this.#pingLater();
      this.ping();
    });
  }
}

const tickersOf = (request: ClientMessage) => (request.action === "ping" ? [] : request.tickers);

/** Whether `frame` shows that `request` was carried out. Answers carry no name of what they answer, but their content does. */
function answers(frame: Frame, request: ClientMessage): boolean {
  if (request.action === "ping") return frame.action === "pong";
  if (frame.action !== "quotes" || !frame.watching) return false;
  const watching = new Set(frame.watching);
  return request.tickers.every((ticker) => watching.has(ticker) === (request.action === "watch"));
}
