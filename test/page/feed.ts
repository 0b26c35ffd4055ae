import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { ClientMessage, WireQuote } from "../../lambdas/protocol.ts";
import { Inbox } from "./inbox.ts";

/** A real WebSocket server on this machine that says only what a test has it say. */
export class Feed implements AsyncDisposable {
  /** Each as it was opened. */
  readonly connections = new Inbox<FeedConnection>();
  /** Answers each handshake with 403 while it is true. */
  isRefusing = false;
  readonly #server: WebSocketServer;

  private constructor(port: number) {
    this.#server = new WebSocketServer({ host: "127.0.0.1", port, verifyClient: () => !this.isRefusing });
    this.#server.on("connection", (socket) => this.connections.push(new FeedConnection(socket)));
  }

  /** @param port a free one, unless given. */
  static async start(port = 0): Promise<Feed> {
    const feed = new Feed(port);
    await once(feed.#server, "listening");
    return feed;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export class FeedConnection {
  readonly messages = new Inbox<ClientMessage>();
  /** Resolves when the page closed it, or the page was closed. */
  readonly closed: Promise<unknown>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, "close");
    socket.on("message", (data) => this.messages.push(JSON.parse(String(data))));
  }

  get subprotocol(): string {
    return this.#socket.protocol;
  }

  /** Tells of prices, as a publish does. */
  sendQuotes(...quotes: readonly WireQuote[]): void {
    this.send({ action: "quotes", "connection-id": "feed=", quotes });
  }

  /** Answers a `watch` or an `unwatch`. */
  answer(watching: readonly string[], ...quotes: readonly WireQuote[]): void {
    this.send({ action: "quotes", "connection-id": "feed=", watching, quotes });
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close();
  }
}

/** A quote as it is written on the wire. */
export function quote(ticker: string, price: number, version: number): WireQuote {
  return { ticker, price, version, at: new Date(Date.UTC(2025, 0, 2, 3, 4, version)).toISOString() };
}
