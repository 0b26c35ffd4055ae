import { IDLE_LIMIT_MS, type QuotesMessage } from "../lambdas/protocol.ts";
import { type Agenda, type Request, requestMessage } from "./agenda.ts";
import { backoffMs } from "./backoff.ts";
import { basketEntry, type Entry } from "./entry.ts";
import type { ErrorFrame, Frame } from "./frames.ts";
import type { After } from "./timer.ts";

/** A request that is not answered within this time is repeated. */
export const ANSWER_TIMEOUT_MS = 5000;

/** How often in a row a request may fail before the socket itself is given up. */
export const MAX_FAILURES = 3;

/** Well under the 10 minutes after which API Gateway closes an idle connection. */
export const PING_INTERVAL_MS = 0.4 * IDLE_LIMIT_MS;

export interface DialogueOptions {
  readonly send: (text: string) => void;
  readonly agenda: Agenda;
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

/** A request as it was sent: `name` is of this attempt alone, and its answer repeats it. */
interface Attempt {
  readonly name: string;
  readonly request: Request | { readonly action: "ping" };
}

/**
 * What is asked and answered on one open socket, until nothing is left on the agenda.
 *
 * One request at a time: API Gateway runs the messages of one connection side by side, so that of a `watch` and an
 * `unwatch` in flight together either could come last.
 */
export class WatchDialogue {
  readonly #options: DialogueOptions;
  #agenda: Agenda;
  #isPingDue: boolean;
  #attempts = 0;
  #inFlight: Attempt | undefined;
  /** What each `unwatch` named that failed from here and may yet be carried out, by the name of the attempt. */
  readonly #lost = new Map<string, readonly Entry[]>();
  #failures = 0;
  /** Of the newest list of the user's that came. */
  #listVersion = 0;
  #isSettled = false;
  #isEnded = false;
  #cancelRepeat = () => {};
  #cancelPing = () => {};

  /** Asks for all that is on the agenda. */
  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#agenda = options.agenda;
    this.#agenda.begin();
    // With nothing to ask for, only a ping shows that somebody is there.
    this.#isPingDue = this.#agenda.next() === undefined;
    this.#pingLater();
    this.ask();
  }

  /** Takes another agenda in the place of the one so far. */
  follow(agenda: Agenda): void {
    this.#agenda = agenda;
    this.#listVersion = 0;
    agenda.begin();
    this.ask();
  }

  /** Asks for what is next, unless an answer is being waited for. To be called when the agenda has changed. */
  ask(): void {
    if (this.#inFlight || this.#isEnded) return;
    const request = this.#agenda.next() ?? (this.#isPingDue ? ({ action: "ping" } as const) : undefined);
    if (!request) this.#settle();
    else if (this.#mayBeUndone(request)) this.#options.onGiveUp();
    else this.#send(request);
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#isPingDue = true;
    this.ask();
  }

  receive(frame: Frame): void {
    switch (frame.action) {
      case "quotes":
        if (frame.watching) this.#learnList(frame);
        this.#takeAnswer(frame.request);
        // What is no answer may have put something on the agenda.
        if (frame.watching) this.ask();
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

  #learnList(frame: QuotesMessage): void {
    if (frame.user) this.#listVersion = Math.max(this.#listVersion, frame.user.version);
    this.#agenda.learn(entriesOf(frame));
  }

  /** Says nothing more. */
  end(): void {
    this.#isEnded = true;
    this.#cancelRepeat();
    this.#cancelPing();
  }

  #settle(): void {
    if (!this.#isSettled) this.#options.onSettled();
    this.#isSettled = true;
  }

  #send(request: Attempt["request"]): void {
    this.#isSettled = false;
    this.#attempts += 1;
    const name = String(this.#attempts);
    this.#inFlight = { name, request };
    this.#cancelRepeat = this.#options.after(ANSWER_TIMEOUT_MS, () => this.#fail(0));
    const message = request.action === "ping" ? { ...request, name } : requestMessage(request, name);
    this.#options.send(JSON.stringify(message));
  }

  /** Takes the attempt of this name for answered. One that was given up is at least not lost any more. */
  #takeAnswer(name: string | undefined): void {
    if (name === undefined) return;
    this.#lost.delete(name);
    if (this.#inFlight?.name !== name) return;
    const { request } = this.#close(this.#inFlight);
    if (request.action === "ping") this.#isPingDue = false;
    else this.#agenda.answered(request);
    this.ask();
  }

  #receiveError({ code, message, request: name }: ErrorFrame): void {
    const isLate = name !== undefined && name !== this.#inFlight?.name;
    if (code === "unknown-connection") this.#options.onGiveUp();
    else if (isLate) this.#receiveLateError(name, code);
    else if (code === "internal") this.#failInFlight();
    else this.#refuse(message);
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
    else this.#agenda.refused(request, message);
    this.ask();
  }

  #close(attempt: Attempt): Attempt {
    this.#cancelRepeat();
    this.#inFlight = undefined;
    this.#failures = 0;
    return attempt;
  }

  #failInFlight(): void {
    if (this.#inFlight) this.#fail(backoffMs(this.#failures + 1, this.#options.random));
  }

  #fail(repeatAfterMs: number): void {
    this.#cancelRepeat();
    this.#failures += 1;
    const { name, request } = this.#inFlight ?? {};
    if (name && request?.action === "unwatch") this.#lost.set(name, request.entries);
    if (this.#failures >= MAX_FAILURES) {
      this.#options.onGiveUp();
      return;
    }
    this.#options.onUnanswered();
    this.#cancelRepeat = this.#options.after(repeatAfterMs, () => {
      this.#inFlight = undefined;
      this.ask();
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

  #pingLater(): void {
    this.#cancelPing = this.#options.after(PING_INTERVAL_MS, () => {
      this.#pingLater();
      this.ping();
    });
  }
}

/** All that a list in a frame names. */
function entriesOf({ watching = [], baskets = [] }: QuotesMessage): ReadonlySet<Entry> {
  return new Set([...(watching as Entry[]), ...baskets.map(({ name }) => basketEntry(name))]);
}
