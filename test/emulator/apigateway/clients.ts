import type { ClientRequest, IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type ClientOptions, WebSocket } from "ws";

/** The response to a refused handshake. */
export class Refused extends Error {
  readonly statusCode: number;
  readonly body: string;

  constructor(statusCode: number, body: string) {
    super(`${statusCode} ${body}`);
    this.statusCode = statusCode;
    this.body = body;
  }
}

/** A `ws` client that buffers messages until a test reads them. */
export class TestSocket implements Disposable {
  readonly webSocket: WebSocket;
  /** Resolves with the close code and reason when the socket is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #received: string[] = [];
  readonly #pendingReads: ((message: string) => void)[] = [];

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on("message", (data) => {
      const resolveRead = this.#pendingReads.shift();
      if (resolveRead) resolveRead(data.toString());
      else this.#received.push(data.toString());
    });
    this.closed = new Promise((resolve) => {
      webSocket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** The next message, in order of arrival. */
  async next(): Promise<string> {
    return this.#received.shift() ?? (await new Promise((resolve) => this.#pendingReads.push(resolve)));
  }

  /** Messages that {@link next} has not returned yet. */
  get unread(): readonly string[] {
    return this.#received;
  }

  send(message: object | string): void {
    this.webSocket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  [Symbol.dispose](): void {
    this.webSocket.terminate();
  }
}

/**
 * An open socket.
 *
 * @throws {Refused} when the response to the handshake is not 101.
 */
export async function connect(
  url: string,
  protocols: readonly string[] = [],
  options: ClientOptions = {},
): Promise<TestSocket> {
  const webSocket = new WebSocket(url, [...protocols], options);
  const socket = new TestSocket(webSocket);
  return await new Promise((resolve, reject) => {
    webSocket.once("open", () => resolve(socket));
    webSocket.once("error", reject);
    webSocket.once("unexpected-response", (_request: ClientRequest, response: IncomingMessage) => {
      void text(response).then((body) => reject(new Refused(response.statusCode ?? 0, body)));
    });
  });
}

/** The connection id of a socket, from the two-way route `id`, whose function returns it. */
export async function readConnectionId(socket: TestSocket): Promise<string> {
  socket.send({ action: "id" });
  return await socket.next();
}
