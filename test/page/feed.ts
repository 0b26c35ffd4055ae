import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { ErrorCode, QuotesMessage, WireQuote } from "#protocol/messages.ts";
import { Inbox } from "./inbox.ts";

/** A local WebSocket server that sends only the messages of a test. */
export class Feed implements AsyncDisposable {
  /** In the order of opening. */
  readonly connections = new Inbox<FeedConnection>();
  /** Whether handshakes are answered with 403. */
  isRefusing = false;
  /** The offered subprotocols of each handshake, including rejected ones. */
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

  /** @param port @default a free port */
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

/** The list of a connection as the service sends it. */
export type Watched = Pick<QuotesMessage, "baskets" | "user"> & { readonly watching: readonly string[] };

export class FeedConnection {
  /** The received messages without their request ids. */
  readonly messages = new Inbox<object>();
  /** The ids of all received requests: `request`, or `name` of a ping. */
  readonly requests: string[] = [];
  /** Resolves when the client has closed the connection. */
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

  /** Sends prices, as a publish does. */
  sendQuotes(...quotes: readonly WireQuote[]): void {
    this.send({ action: "quotes", "connection-id": "feed=", quotes });
  }

  /** Answers the last request. */
  answer(watched: Watched | readonly string[], ...quotes: readonly WireQuote[]): void {
    this.answerTo(this.requests.at(-1), watched, ...quotes);
  }

  /** Answers this request; without a request, sends the list as after a change by another connection. */
  answerTo(
    request: string | undefined,
    watched: Watched | readonly string[],
    ...quotes: readonly WireQuote[]
  ): void {
    const list = "watching" in watched ? watched : { watching: watched };
    this.send({ action: "quotes", "connection-id": "feed=", request, ...list, quotes });
  }

  /** Answers the last ping. */
  pong(): void {
    this.send({ action: "pong", name: this.requests.at(-1) });
  }

  /** Answers the last request with an error. */
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

/** A quote in its wire format. */
export function quote(ticker: string, price: number, version: number): WireQuote {
  return { ticker, price, version, at: new Date(Date.UTC(2025, 0, 2, 3, 4, version)).toISOString() };
}
