import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import { FrameScanner } from "./frame-scanner.ts";
import type { CloseReason, ConnectionDetails } from "./web-socket-events.ts";

/**
 * The most bytes in a message, in either direction.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** From the same table: the most bytes in a frame from the client. A larger message has to come in several frames. */
const MAX_FRAME_BYTES = 32 * 1024;

/** From the same table: a connection without a message in either direction is closed after this long. */
const IDLE_LIMIT_MS = 10 * 60 * 1000;

/** From the same table: every connection is closed after this long. */
const CONNECTION_LIMIT_MS = 2 * 60 * 60 * 1000;

/** How much may wait for a client that does not read. AWS has such a bound ("client side buffer is full"), but not its size. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** Both time limits end so: what `$disconnect` was logged to tell 604 s after the last message. */
const GOING_AWAY: CloseReason = { code: 1001, reason: "Going away" };

/**
 * Codes 1003 and 1009 are documented, their words are not.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html
 */
const BINARY_MESSAGE: CloseReason = { code: 1003, reason: "Unsupported data" };
const MESSAGE_TOO_LONG: CloseReason = { code: 1009, reason: "Message too long" };

/** What a connection tells the API that it belongs to. */
export interface ConnectionHandlers {
  readonly message: (text: string) => void;
  /** Called once, when the socket is closed, whoever closed it. */
  readonly closed: (closeReason: CloseReason) => void;
}

/** One client's open WebSocket, and API Gateway's limits on it. */
export class Connection {
  readonly details: ConnectionDetails;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #cancelLifetime: () => void;
  #cancelIdle: () => void = () => {};
  #lastActiveAtMs: number;
  #closeReason: CloseReason | undefined;
  #receivedMessages = 0;
  /** How many messages came before a frame that is too long. */
  #acceptedMessages = Number.POSITIVE_INFINITY;

  /** @param transport what `socket` reads from and writes to. */
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
    this.#watchIdleness();
    this.#limitFrames(transport);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary, handlers));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // `ws` has closed the socket by then, without a word for the peer or for the "close" event.
      if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.#closeReason = MESSAGE_TOO_LONG;
    });
    socket.on("close", (code, reason) => {
      this.#cancelLifetime();
      this.#cancelIdle();
      handlers.closed(this.#closeReason ?? describeClientClose(code, reason.toString()));
    });
  }

  /** When a message last went through, in either direction. */
  get lastActiveAtMs(): number {
    return this.#lastActiveAtMs;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Whether so much is waiting for the client to read it that nothing more is taken. */
  get isFull(): boolean {
    return this.#socket.bufferedAmount > MAX_BUFFERED_BYTES;
  }

  /** Hands one text frame to the socket; does nothing when the connection is no longer open. */
  send(text: string): void {
    if (!this.isOpen) return;
    this.#lastActiveAtMs = this.#clock.now();
    this.#socket.send(text);
  }

  /** Closes the socket; what `closed` hears is then this ending, whatever the client answers. */
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
   * Closes the connection at the header of a frame that is too long. `ws` limits messages only, so the bytes are scanned before `ws`
   * reads them; the messages that came before that frame in the same chunk are still delivered.
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

  /** Looks again when the time would be up, rather than starting a new timer with each message. */
  #watchIdleness(): void {
    const remainingMs = this.#lastActiveAtMs + IDLE_LIMIT_MS - this.#clock.now();
    this.#cancelIdle = this.#clock.after(remainingMs, () => {
      if (this.#clock.now() - this.#lastActiveAtMs >= IDLE_LIMIT_MS) this.end(GOING_AWAY);
      else this.#watchIdleness();
    });
  }
}

/**
 * The ending in AWS's words where a logged event shows them (1005; and no words at all after a browser's bare 1001), else
 * the client's own. What AWS says of 1006, a connection that was cut, was not found.
 */
function describeClientClose(code: number, reason: string): CloseReason {
  if (code === 1005) return { code, reason: "Client-side close frame status not set" };
  if (code === 1006) return { code, reason: "Connection closed abnormally" };
  return { code, reason };
}
