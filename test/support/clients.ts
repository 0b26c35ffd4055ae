import { once } from "node:events";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { WebSocket } from "ws";
import type { LocalStack } from "#emulator/stack.ts";
import type { QuotesMessage, ServerMessage } from "#protocol/messages.ts";
import { output } from "./output.ts";
import { asPublisher, mintToken, protocolsWith } from "./tokens.ts";

/** The default timeout for an expected frame. Generous, because the machine can be busy. */
export const RECEIVE_TIMEOUT_MS = 20_000;

/** A WebSocket client that records the frames it receives. */
export class Watcher implements AsyncDisposable {
  /** The received frames, parsed. */
  readonly frames: ServerMessage[] = [];
  /** The received frames as text. */
  readonly texts: string[] = [];
  /** The close code. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #timeoutMs: number;
  #waiting: (() => void)[] = [];

  private constructor(socket: WebSocket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
    socket.on("message", (data: Buffer) => {
      this.texts.push(data.toString());
      this.frames.push(JSON.parse(data.toString()) as ServerMessage);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /**
   * @param user the subject of the token.
   * @throws {Error} if the handshake is rejected.
   */
  static async connect(
    stack: LocalStack,
    user = "somebody",
    timeoutMs = RECEIVE_TIMEOUT_MS,
  ): Promise<Watcher> {
    return await Watcher.connectWith(stack, await mintToken(stack, user), timeoutMs);
  }

  /** @throws {Error} if the handshake is rejected. */
  static async connectWith(
    stack: LocalStack,
    token: string,
    timeoutMs = RECEIVE_TIMEOUT_MS,
  ): Promise<Watcher> {
    const protocols = protocolsWith(token);
    const socket = new WebSocket(output(stack, "watchUrl"), protocols, { origin: output(stack, "pageUrl") });
    // Listens before "open", because the packet that opens the socket can contain a frame.
    const watcher = new Watcher(socket, timeoutMs);
    await once(socket, "open");
    return watcher;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The first frame, received already or later, that `matches`. */
  async frame<T extends ServerMessage>(matches: (frame: ServerMessage) => frame is T): Promise<T>;
  async frame(matches: (frame: ServerMessage) => boolean): Promise<ServerMessage>;
  async frame(matches: (frame: ServerMessage) => boolean): Promise<ServerMessage> {
    const deadlineMs = Date.now() + this.#timeoutMs;
    for (;;) {
      const found = this.frames.find(matches);
      if (found) return found;
      const timeLeftMs = deadlineMs - Date.now();
      if (timeLeftMs <= 0)
        throw new Error(
          `Expected a matching frame within ${this.#timeoutMs} ms, got ${JSON.stringify(this.frames)}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeLeftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Sends `message` and returns its answer: the next frame that is not a push. */
  async ask(message: unknown): Promise<ServerMessage> {
    const before = this.frames.length;
    this.send(message);
    return await this.frame((frame) => this.frames.indexOf(frame) >= before && !isPush(frame));
  }

  /** Stops reading, like a browser that hangs, until {@link Watcher.resume}. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Watches the tickers and returns the connection id. */
  async watch(...tickers: readonly string[]): Promise<string> {
    const answer = await this.ask({ action: "watch", tickers });
    if (answer.action !== "quotes") throw new Error(`Expected quotes, got ${JSON.stringify(answer)}`);
    return answer["connection-id"];
  }

  /** Destroys the TCP connection without a close frame. */
  terminate(): void {
    this.#socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

/** Whether a frame contains published prices and is not an answer. */
export const isPush = (frame: ServerMessage): frame is QuotesMessage =>
  frame.action === "quotes" && !("watching" in frame);

/** Whether a quotes frame is an update: an answer would contain the `request` of its message. */
export const isUpdate = (frame: ServerMessage): frame is QuotesMessage =>
  frame.action === "quotes" && frame.request === undefined;

export interface Published {
  readonly status: number;
  readonly body: unknown;
}

/** Posts a form such as `ticker=AAPL&price=2400` to the publish URL. */
export async function publish(stack: LocalStack, form: string): Promise<Published> {
  return await post(stack, "", form);
}

/** Posts a notice for all connections. */
export async function broadcast(stack: LocalStack, message: string): Promise<Published> {
  return await post(stack, "/broadcast", `message=${encodeURIComponent(message)}`);
}

async function post(stack: LocalStack, path: string, form: string): Promise<Published> {
  const response = await fetch(output(stack, "publishUrl") + path, {
    method: "POST",
    headers: await asPublisher(stack),
    body: new URLSearchParams(form),
  });
  const body = await response.text();
  return { status: response.status, body: body.startsWith("{") ? JSON.parse(body) : body };
}

/** Sets the tickers of a basket with the operation `basket`. */
export async function setBasket(stack: LocalStack, name: string, ...tickers: string[]): Promise<unknown> {
  const lambda = new LambdaClient({ ...asOperator(stack), endpoint: stack.endpoints.lambda });
  const { operate } = stack.outputs["functionNames"] as { readonly operate: string };
  const Payload = JSON.stringify({ operation: "basket", name, tickers });
  const { Payload: result } = await lambda.send(new InvokeCommand({ FunctionName: operate, Payload }));
  return JSON.parse(Buffer.from(result ?? []).toString());
}

/** An SQS client with administrator credentials. */
export function openQueues(stack: LocalStack): SQSClient {
  return new SQSClient({ ...asOperator(stack), endpoint: stack.endpoints.sqs });
}

/** AWS SDK options with administrator credentials. */
export const asOperator = ({ credentials }: LocalStack) => ({ region: "us-east-1", credentials });

/** The response to a publish that reached all watchers directly. */
export const delivered = (quotes: number, watchers: number): Published => ({
  status: 200,
  body: { quotes, watchers, delivered: watchers, gone: 0, closed: 0 },
});
