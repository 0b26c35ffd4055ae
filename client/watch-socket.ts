import { CONNECTION_LIMIT_MS, type QuotesMessage } from "#protocol/messages.ts";
import { backoffMs } from "./backoff.ts";
import type { Entry } from "./entry.ts";
import { parseFrame } from "./frames.ts";
import type { Holdings } from "./holdings.ts";
import type { PendingRequests } from "./pending-requests.ts";
import type { After } from "./timer.ts";
import { WatchSession } from "./watch-session.ts";

/**
 * API Gateway waits at most 29 s for `$connect`. After failed handshakes Firefox delays a socket by up to 60 s and
 * continues that delay on the next socket, so a timeout does not increase the backoff of the client.
 * https://searchfox.org/mozilla-central/source/netwerk/protocol/websocket/WebSocketChannel.cpp (`FailDelay`)
 */
export const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Every fourth failed probe is followed by a socket, since only the probed host may be down. Its timeout is short: TCP
 * doubles its retransmission timeout, so a connection started during an outage recovers late.
 */
export const PROBES_PER_ATTEMPT = 4;
export const UNPROVEN_CONNECT_TIMEOUT_MS = 10_000;

/** A socket is replaced at a random age in this range: before API Gateway's limit, and not in all clients at once. */
export const REPLACE_AGE_MS = {
  from: CONNECTION_LIMIT_MS - 15 * 60 * 1000,
  to: CONNECTION_LIMIT_MS - 5 * 60 * 1000,
};

/** Probes cost less than handshakes, and browsers do not delay the next one. */
const PROBE_BACKOFF_CAP_MS = 10_000;

export type Status =
  /** There is no token, and the service requires one. */
  | { readonly state: "signed-out" }
  | { readonly state: "connecting" }
  /** The service has carried out all requests. */
  | { readonly state: "live" }
  /** The socket is open, but a request timed out or failed and is repeated. */
  | { readonly state: "unanswered" }
  /** Nothing was received for a while, including the answer to a ping. */
  | { readonly state: "silent" }
  /**
   * `wasOpen` is false if the socket never opened; browsers do not report whether it was refused or unreachable.
   * `isOffline`: the probe failed, too.
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
  /** The subprotocols to offer, read before each socket; `undefined`: no socket is opened until `start`. */
  readonly subprotocols: () => readonly string[] | undefined;
  readonly requests: PendingRequests;
  /** The current holdings. */
  readonly holdings: () => Holdings;
  /**
   * Probes the network without a WebSocket; must not reject. Called before each socket that follows a failure, because
   * browsers delay sockets after failed handshakes.
   * @default always reachable
   */
  readonly isReachable?: () => Promise<boolean>;
  readonly after: After;
  /** Returns 0 to 1, such as `Math.random`. */
  readonly random: () => number;
  /** May be called repeatedly with the same status. */
  readonly onStatus: (status: Status) => void;
  /** The versions received on earlier sockets are no longer valid. */
  readonly onNewSocket: () => void;
  /** Messages may be duplicated or out of order. */
  readonly onQuotes: (message: QuotesMessage) => void;
  /** A notice of the operator. */
  readonly onNotice: (message: string) => void;
  /** An error message of the service, to be shown to the user. */
  readonly onRejection: (message: string) => void;
}

/** A WebSocket that reconnects and restores its subscriptions. */
export class WatchSocket {
  readonly #options: WatchSocketOptions;
  #requests: PendingRequests;
  /** Closes the current socket, or cancels the current wait. */
  #disconnect = () => {};
  /** Set while the socket is open. */
  #session: WatchSession | undefined;
  #isWaiting = false;
  #isVisible = true;
  #failures = 0;
  #failedProbes = 0;

  constructor(options: WatchSocketOptions) {
    this.#options = options;
    this.#requests = options.requests;
  }

  /** Connects, and reconnects until `stop` or until {@link WatchSocketOptions.subprotocols} returns `undefined`. */
  start(): void {
    this.#connect();
  }

  /** Closes the socket; `start` opens a new one. */
  stop(): void {
    this.#disconnect();
  }

  /** Subscribes to the entries; the answer contains their last prices. */
  watch(entries: readonly Entry[]): void {
    this.#requests.watch(entries);
    this.#session?.sendNext();
  }

  unwatch(entry: Entry): void {
    this.#requests.unwatch(entry);
    this.#session?.sendNext();
  }

  /** Continues with other pending requests, on the same socket if one is open. */
  replaceRequests(requests: PendingRequests): void {
    this.#requests = requests;
    this.#session?.replaceRequests(requests);
  }

  /**
   * Reconnects at once if waiting, else sends a ping and a `sync`. Call it after changes that a socket does not detect:
   * the network is back, or the computer resumed from sleep.
   */
  wake(): void {
    if (this.#isWaiting) this.#reconnect();
    else this.#session?.verify();
  }

  /** While the client is hidden, an open socket sends only the keep-alive. */
  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#session?.setVisible(isVisible);
  }

  /** Connects after a failure, once the network is reachable. */
  #reconnect(): void {
    this.#disconnect();
    const { isReachable, onStatus } = this.#options;
    if (!isReachable) {
      this.#connect();
      return;
    }
    let isCancelled = false;
    this.#disconnect = () => {
      isCancelled = true;
    };
    onStatus({ state: "connecting" });
    void isReachable().then((isUp) => {
      if (isCancelled) return;
      this.#failedProbes = isUp ? 0 : this.#failedProbes + 1;
      if (isUp) this.#connect();
      else if (this.#failedProbes % PROBES_PER_ATTEMPT === 0) this.#connect(UNPROVEN_CONNECT_TIMEOUT_MS);
      else this.#connectLater({ isOffline: true });
    });
  }

  #connect(timeoutMs = CONNECT_TIMEOUT_MS): void {
    this.#disconnect();
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

    this.#disconnect = () => {
      listening.abort();
      cancelTimer();
      this.#session?.close();
      this.#session = undefined;
      socket.close();
    };
    const onOpen = () => {
      cancelTimer();
      cancelTimer = after(this.#replaceAgeMs(), () => this.#connect());
      this.#startSession(socket);
    };
    socket.addEventListener("open", onOpen, { signal });
    socket.addEventListener("message", ({ data }) => this.#receive(data), { signal });
    // An `error` event has no details and is always followed by `close`.
    socket.addEventListener("close", () => this.#connectLater(), { signal });
  }

  #connectLater({ isOffline = false, isTimeout = false } = {}): void {
    const wasOpen = this.#session !== undefined;
    this.#disconnect();
    this.#failures += 1;
    this.#isWaiting = true;
    const capMs = isOffline ? PROBE_BACKOFF_CAP_MS : undefined;
    const delayMs = backoffMs(isTimeout ? 1 : this.#failures, this.#options.random, capMs);
    const cancelTimer = this.#options.after(delayMs, () => this.#reconnect());
    this.#disconnect = () => {
      this.#isWaiting = false;
      cancelTimer();
    };
    this.#options.onStatus({ state: "waiting", delayMs, wasOpen, ...(isOffline && { isOffline }) });
  }

  #startSession(socket: WebSocket): void {
    const { holdings, after, random, onStatus, onNewSocket, onRejection } = this.#options;
    onNewSocket();
    this.#session = new WatchSession({
      send: (text) => socket.send(text),
      requests: this.#requests,
      holdings,
      isVisible: this.#isVisible,
      after,
      random,
      onSettled: () => onStatus({ state: "live" }),
      onUnanswered: () => onStatus({ state: "unanswered" }),
      onSilent: () => onStatus({ state: "silent" }),
      onRejection,
      onGiveUp: () => this.#connectLater(),
    });
  }

  #receive(data: unknown): void {
    this.#session?.recordActivity();
    const frame = parseFrame(data);
    if (!frame) return;
    if (frame.action === "quotes" || frame.action === "pong") this.#failures = 0;
    if (frame.action === "quotes") this.#options.onQuotes(frame);
    if (frame.action === "notice") this.#options.onNotice(frame.message);
    this.#session?.receive(frame);
  }

  #replaceAgeMs(): number {
    return REPLACE_AGE_MS.from + this.#options.random() * (REPLACE_AGE_MS.to - REPLACE_AGE_MS.from);
  }
}
