import { CONNECTION_LIMIT_MS, type QuotesMessage } from "#protocol/messages.ts";
import type { PendingRequests } from "./agenda.ts";
import { backoffMs } from "./backoff.ts";
import type { Entry } from "./entry.ts";
import { parseFrame } from "./frames.ts";
import type { Holdings } from "./holdings.ts";
import type { After } from "./timer.ts";
import { WatchSession } from "./watch-dialogue.ts";

/**
 * API Gateway waits 29 s for `$connect` at most. Firefox holds a socket back for up to 60 s after handshakes that failed,
 * and goes on with that wait on the next socket, so the next one is opened without a backoff.
 * https://searchfox.org/mozilla-central/source/netwerk/protocol/websocket/WebSocketChannel.cpp (`FailDelay`)
 */
export const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Every so many failed probes a socket is opened all the same, since the host of the probe may be down alone. It gets little
 * time, because a connection that was begun during an outage resumes late: TCP doubles its waits.
 */
export const PROBES_PER_ATTEMPT = 4;
export const UNPROVEN_CONNECT_TIMEOUT_MS = 10_000;

/** A socket is replaced at a random time between these ages: before API Gateway's limit, and not all pages at once. */
export const REPLACE_AGE_MS = {
  from: CONNECTION_LIMIT_MS - 15 * 60 * 1000,
  to: CONNECTION_LIMIT_MS - 5 * 60 * 1000,
};

/** Between two probes, which cost less than handshakes and do not make browsers delay the next one. */
const PROBE_BACKOFF_CAP_MS = 10_000;

export type Status =
  /** There is nothing to connect with. */
  | { readonly state: "signed-out" }
  | { readonly state: "connecting" }
  /** The service watches all that is wanted. */
  | { readonly state: "live" }
  /** The socket is open, but a request was not answered and is repeated. */
  | { readonly state: "unanswered" }
  /** Nothing was received for a while, not even the answer to a ping so far. */
  | { readonly state: "silent" }
  /**
   * `wasOpen` is false when the socket never opened: refused, or nobody there. Browsers do not tell which. With `isOffline`
   * not even the probe was answered.
   */
  | {
      readonly state: "waiting";
      readonly delayMs: number;
      readonly wasOpen: boolean;
      readonly isOffline?: true;
    };

export interface WatchSocketOptions {
  /** `wss://…` */
  readonly url: string;
  /** The subprotocols of the next socket, asked for before each; `undefined`: none is opened until `start`. */
  readonly subprotocols: () => readonly string[] | undefined;
  /** What to ask for. */
  readonly requests: PendingRequests;
  /** What the client holds now. */
  readonly holdings: () => Holdings;
  /**
   * Whether the network can be reached, found out without a WebSocket. Called before each socket that follows a failure:
   * browsers delay further sockets after each handshake that failed. Never rejects.
   * @default always
   */
  readonly isReachable?: () => Promise<boolean>;
  readonly after: After;
  /** 0 to 1, as `Math.random` gives. */
  readonly random: () => number;
  /** May be told the same twice. */
  readonly onStatus: (status: Status) => void;
  /** Versions told on an earlier socket do not count on this one. */
  readonly onNewSocket: () => void;
  /** In the order of their coming: a quote, or a list, may come twice, or after a newer one. */
  readonly onQuotes: (message: QuotesMessage) => void;
  /** Words of the operator's. */
  readonly onNotice: (message: string) => void;
  /** A sentence of the service for the person who looks at the page. */
  readonly onRefusal: (message: string) => void;
}

/** A socket to the service that is always there again, and always asks for what is wanted. */
export class WatchSocket {
  readonly #options: WatchSocketOptions;
  #agenda: PendingRequests;
  /** Ends the socket that is there, so that nothing of it is heard any more. */
  #leave = () => {};
  /** Only while the socket is open. */
  #dialogue: WatchSession | undefined;
  #isWaiting = false;
  #isVisible = true;
  #failures = 0;
  #failedProbes = 0;

  constructor(options: WatchSocketOptions) {
    this.#options = options;
    this.#agenda = options.requests;
  }

  /** Connects, and stays connected until `stop`, or until there is nothing to connect with. */
  start(): void {
    this.#connect();
  }

  /** Closes the socket; `start` opens a new one. */
  stop(): void {
    this.#leave();
  }

  /** Asks for the last prices of the entries, and to be told of each new one. */
  watch(entries: readonly Entry[]): void {
    this.#agenda.watch(entries);
    this.#dialogue?.sendNext();
  }

  /** Asks not to be told of the entry any more. */
  unwatch(entry: Entry): void {
    this.#agenda.unwatch(entry);
    this.#dialogue?.sendNext();
  }

  /** Asks for what is on this agenda from now on. */
  replaceRequests(agenda: PendingRequests): void {
    this.#agenda = agenda;
    this.#dialogue?.replaceRequests(agenda);
  }

  /**
   * For when something changed that a socket may not have noticed (the network is back, the computer woke up): ends
   * the wait for the next attempt, or has an open socket prove that it is alive and that nothing was lost.
   */
  wake(): void {
    if (this.#isWaiting) this.#reconnect();
    else this.#dialogue?.verify();
  }

  /** While the client is not visible, an open socket sends only the keep-alive. */
  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#dialogue?.setVisible(isVisible);
  }

  /** Connects after a failure, once the network can be reached. */
  #reconnect(): void {
    this.#leave();
    const { isReachable, onStatus } = this.#options;
    if (!isReachable) {
      this.#connect();
      return;
    }
    let isLeft = false;
    this.#leave = () => {
      isLeft = true;
    };
    onStatus({ state: "connecting" });
    void isReachable().then((isUp) => {
      if (isLeft) return;
      this.#failedProbes = isUp ? 0 : this.#failedProbes + 1;
      if (isUp) this.#connect();
      else if (this.#failedProbes % PROBES_PER_ATTEMPT === 0) this.#connect(UNPROVEN_CONNECT_TIMEOUT_MS);
      else this.#connectLater({ isOffline: true });
    });
  }

  #connect(timeoutMs = CONNECT_TIMEOUT_MS): void {
    this.#leave();
    const { url, subprotocols, after, onStatus } = this.#options;
    const protocols = subprotocols();
    if (!protocols) {
      onStatus({ state: "signed-out" });
      return;
    }
    onStatus({ state: "connecting" });
    const socket = new WebSocket(url, [...protocols]);
    const listening = new AbortController();
    const { signal } = listening;
    let cancelTimer = after(timeoutMs, () => this.#connectLater({ isTimeout: true }));

    this.#leave = () => {
      listening.abort();
      cancelTimer();
      this.#dialogue?.close();
      this.#dialogue = undefined;
      socket.close();
    };
    const onOpen = () => {
      cancelTimer();
      cancelTimer = after(this.#replaceAgeMs(), () => this.#connect());
      this.#converse(socket);
    };
    socket.addEventListener("open", onOpen, { signal });
    socket.addEventListener("message", ({ data }) => this.#receive(data), { signal });
    // An `error` event tells nothing, and is always followed by this one.
    socket.addEventListener("close", () => this.#connectLater(), { signal });
  }

  #connectLater({ isOffline = false, isTimeout = false } = {}): void {
    const wasOpen = this.#dialogue !== undefined;
    this.#leave();
    this.#failures += 1;
    this.#isWaiting = true;
    const capMs = isOffline ? PROBE_BACKOFF_CAP_MS : undefined;
    const delayMs = backoffMs(isTimeout ? 1 : this.#failures, this.#options.random, capMs);
    const cancelTimer = this.#options.after(delayMs, () => this.#reconnect());
    this.#leave = () => {
      this.#isWaiting = false;
      cancelTimer();
    };
    this.#options.onStatus({ state: "waiting", delayMs, wasOpen, ...(isOffline && { isOffline }) });
  }

  #converse(socket: WebSocket): void {
    const { holdings, after, random, onStatus, onNewSocket, onRefusal } = this.#options;
    onNewSocket();
    this.#dialogue = new WatchSession({
      send: (text) => socket.send(text),
      requests: this.#agenda,
      holdings,
      isVisible: this.#isVisible,
      after,
      random,
      onSettled: () => onStatus({ state: "live" }),
      onUnanswered: () => onStatus({ state: "unanswered" }),
      onSilent: () => onStatus({ state: "silent" }),
      onRefusal,
      onGiveUp: () => this.#connectLater(),
    });
  }

  #receive(data: unknown): void {
    this.#dialogue?.recordActivity();
    const frame = parseFrame(data);
    if (!frame) return;
    if (frame.action === "quotes" || frame.action === "pong") this.#failures = 0;
    if (frame.action === "quotes") this.#options.onQuotes(frame);
    if (frame.action === "notice") this.#options.onNotice(frame.message);
    this.#dialogue?.receive(frame);
  }

  #replaceAgeMs(): number {
    return REPLACE_AGE_MS.from + this.#options.random() * (REPLACE_AGE_MS.to - REPLACE_AGE_MS.from);
  }
}
