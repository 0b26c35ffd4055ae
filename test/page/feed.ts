import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { ErrorCode, QuotesMessage, WireQuote } from "#protocol/messages.ts";
import { Inbox } from "./inbox.ts";

/** A real WebSocket server on this machine that says only what a test has it say. */
export class Feed implements AsyncDisposable {
  /** Each as it was opened. */
  readonly connections = new Inbox<FeedConnection>();
  /** Answers each handshake with 403 while it is true. */
  isRefusing = false;
  /** The subprotocols that each handshake offered, of those that were refused, too. */
  readonly offers = new Inbox<readonly string[]>();
  readonly #server: WebSocketServer;

  private constructor(port: number) {
    this.#server = new WebSocketServer({
      host: "127.0.0.1",
      port,
      verifyClient: ({ req }: { readonly req: IncomingMessage }) => {
        this.offers.push((req.headers["sec-websocket-protocol"] ?? "").split(/, */));
        return !this.isRefusing;
      },
    });
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

/** All that a connection watches, as the service says it. */
export type Watched = Pick<QuotesMessage, "baskets" | "user"> & { readonly watching: readonly string[] };

export class FeedConnection {
  /** What the page sent, without the names of its requests. */
  readonly messages = new Inbox<object>();
  /** The names of all requests that came so far: `request`, or a ping's `name`. */
  readonly requests: string[] = [];
  /** Resolves when the page closed it, or the page was closed. */
  readonly closed: Promise<unknown>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, "close");
    socket.on("message", (data) => {
      const { request, name, ...message } = JSON.parse(String(data));
      this.requests.push(message.action === "ping" ? name : request);
      this.messages.push(message);
    });
  }

  get subprotocol(): string {
    return this.#socket.protocol;
  }

  /** Tells of prices, as a publish does. */
  sendQuotes(...quotes: readonly WireQuote[]): void {
    this.send({ action: "quotes", "connection-id": "feed=", quotes });
  }

  /** Answers the request that came last. */
  answer(watched: Watched | readonly string[], ...quotes: readonly WireQuote[]): void {
    this.answerTo(this.requests.at(-1), watched, ...quotes);
  }

  /** Answers the request of this name. Without one it tells of the list, as when another connection has changed it. */
  answerTo(
    request: string | undefined,
    watched: Watched | readonly string[],
    ...quotes: readonly WireQuote[]
  ): void {
    const list = "watching" in watched ? watched : { watching: watched };
    this.send({ action: "quotes", "connection-id": "feed=", request, ...list, quotes });
  }

  /** Answers the ping that came last. */
  pong(): void {
    this.send({ action: "pong", name: this.requests.at(-1) });
  }

  /** Answers the request that came last with an error. */
  refuse(code: ErrorCode, message: string): void {
    this.send({ action: "error", code, message, request: this.requests.at(-1) });
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
