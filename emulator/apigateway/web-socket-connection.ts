import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import { FrameScanner } from "./frame-scanner.ts";
import type { CloseReason, ConnectionDetails } from "./web-socket-events.ts";

/**
 * Maximum message size, in both directions.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** Maximum size of a frame from the client (same table); larger messages must be split into frames. */
const MAX_FRAME_BYTES = 32 * 1024;

/** A connection without messages in both directions is closed after this time (same table). */
const IDLE_LIMIT_MS = 10 * 60 * 1000;

/** Maximum connection duration (same table). */
const CONNECTION_LIMIT_MS = 2 * 60 * 60 * 1000;

/** Limit of unread data per client. AWS has one ("client side buffer is full") of undocumented size. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** Used for both time limits, as in a `$disconnect` event logged 604 s after the last message. */
const GOING_AWAY: CloseReason = { code: 1001, reason: "Going away" };

/**
 * AWS documents the codes 1003 and 1009, but not the reasons.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html
 */
const BINARY_MESSAGE: CloseReason = { code: 1003, reason: "Unsupported data" };
const MESSAGE_TOO_LONG: CloseReason = { code: 1009, reason: "Message too long" };

/** Callbacks of a connection. */
export interface ConnectionHandlers {
  readonly message: (text: string) => void;
  /** Called once when the socket has closed, for any reason. */
  readonly closed: (closeReason: CloseReason) => void;
}

/** An open WebSocket with the limits of API Gateway. */
export class Connection {
  readonly details: ConnectionDetails;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #cancelLifetime: () => void;
  #cancelIdle: () => void = () => {};
  #lastActiveAtMs: number;
  #closeReason: CloseReason | undefined;
  #receivedMessages = 0;
  /** The number of messages before a frame over the limit. */
  #acceptedMessages = Number.POSITIVE_INFINITY;

  /** @param transport the stream under `socket`. */
  constructor(
    details: ConnectionDetails,
    socket: WebSocket,
    transport: Duplex,
    clock: Clock,
    handlers: ConnectionHandlers,
  ) {
    this.details = details;
    this.#socket = socket;
    this.#clock = clock;
    this.#lastActiveAtMs = clock.now();
    this.#cancelLifetime = clock.after(CONNECTION_LIMIT_MS, () => this.end(GOING_AWAY));
    this.#startIdleTimer();
    this.#limitFrames(transport);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary, handlers));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // `ws` has already closed the socket, with a close code but no reason.
      if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.#closeReason = MESSAGE_TOO_LONG;
    });
    socket.on("close", (code, reason) => {
      this.#cancelLifetime();
      this.#cancelIdle();
      handlers.closed(this.#closeReason ?? describeClientClose(code, reason.toString()));
    });
  }

  /** Time of the last message in either direction, in milliseconds since 1970. */
  get lastActiveAtMs(): number {
    return this.#lastActiveAtMs;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Whether the unread data is over the limit, so that no more messages are accepted. */
  get isFull(): boolean {
    return this.#socket.bufferedAmount > MAX_BUFFERED_BYTES;
  }

  /** Writes a text frame; does nothing when the connection is not open. */
  send(text: string): void {
    if (!this.isOpen) return;
    this.#lastActiveAtMs = this.#clock.now();
    this.#socket.send(text);
  }

  /** Closes the socket. The first reason is passed to `closed`, regardless of the client's close frame. */
  end(closeReason: CloseReason): void {
    this.#closeReason ??= closeReason;
    this.#socket.close(closeReason.code, closeReason.reason);
  }

  #receive(data: RawData, isBinary: boolean, handlers: ConnectionHandlers): void {
    if (this.#closeReason || ++this.#receivedMessages > this.#acceptedMessages) return;
    this.#lastActiveAtMs = this.#clock.now();
    if (isBinary) this.end(BINARY_MESSAGE);
    else handlers.message(data.toString());
  }

  /**
   * Closes the connection at the header of a frame over the limit. `ws` limits only messages, so bytes are
   * scanned before `ws` reads them; earlier messages of the same chunk are still delivered.
   */
  #limitFrames(transport: Duplex): void {
    const scanner = new FrameScanner(MAX_FRAME_BYTES);
    const scan = (chunk: Buffer) => {
      const messages = scanner.scan(chunk);
      if (messages === undefined) return;
      transport.off("data", scan);
      this.#acceptedMessages = messages;
      queueMicrotask(() => this.end(MESSAGE_TOO_LONG));
    };
    transport.prependListener("data", scan);
  }

  /** One timer that checks at the earliest expiry, instead of a new timer per message. */
  #startIdleTimer(): void {
    const remainingMs = this.#lastActiveAtMs + IDLE_LIMIT_MS - this.#clock.now();
    this.#cancelIdle = this.#clock.after(remainingMs, () => {
      if (this.#clock.now() - this.#lastActiveAtMs >= IDLE_LIMIT_MS) this.end(GOING_AWAY);
      else this.#startIdleTimer();
    });
  }
}

/** The client's code and reason. The reason for 1005 is as logged by AWS; for 1006 it is an assumption. */
function describeClientClose(code: number, reason: string): CloseReason {
  if (code === 1005) return { code, reason: "Client-side close frame status not set" };
  if (code === 1006) return { code, reason: "Connection closed abnormally" };
  return { code, reason };
}
