import type { ClientRequest, IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type ClientOptions, WebSocket } from "ws";

/** How a handshake that is not let in is refused. */
export class Refused extends Error {
  readonly statusCode: number;
  readonly body: string;

  constructor(statusCode: number, body: string) {
    super(`${statusCode} ${body}`);
    this.statusCode = statusCode;
    this.body = body;
  }
}

/** A real `ws` client that keeps what arrives until a test asks for it. */
export class TestSocket implements Disposable {
  readonly webSocket: WebSocket;
  /** The close code and reason, once the socket is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #received: string[] = [];
  readonly #waiting: ((message: string) => void)[] = [];

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on("message", (data) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting(data.toString());
      else this.#received.push(data.toString());
    });
    this.closed = new Promise((resolve) => {
      webSocket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** The next message, in order of arrival. */
  async next(): Promise<string> {
    return this.#received.shift() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /** What has arrived and was not asked for. */
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
 * @throws {Refused} when the handshake is answered with anything but 101.
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

/** The id that the gateway gave a socket, told by a two-way route `id` whose function answers it. */
export async function askForId(socket: TestSocket): Promise<string> {
  socket.send({ action: "id" });
  return await socket.next();
}
