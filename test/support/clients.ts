import { once } from "node:events";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { WebSocket } from "ws";
import type { LocalStack } from "#emulator/stack.ts";
import type { QuotesMessage, ServerMessage } from "#protocol/messages.ts";
import { output } from "./output.ts";
import { asPublisher, mintToken, protocolsWith } from "./tokens.ts";

/** What a test waits for comes within this, or never. */
export const PATIENCE_MS = 20_000;

/** A browser's end of the WebSocket, over `ws`. */
export class Watcher implements AsyncDisposable {
  /** Every frame so far. */
  readonly frames: ServerMessage[] = [];
  /** The same as they came. */
  readonly texts: string[] = [];
  /** The code that the socket is closed with. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];

  readonly #patienceMs: number;

  private constructor(socket: WebSocket, patienceMs: number) {
    this.#socket = socket;
    this.#patienceMs = patienceMs;
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
   * @param user whose token lets it in.
   * @throws {Error} when it is not let in.
   */
  static async connect(stack: LocalStack, user = "somebody", patienceMs = PATIENCE_MS): Promise<Watcher> {
    return await Watcher.connectWith(stack, await mintToken(stack, user), patienceMs);
  }

  /** @throws {Error} when it is not let in. */
  static async connectWith(stack: LocalStack, token: string, patienceMs = PATIENCE_MS): Promise<Watcher> {
    const protocols = protocolsWith(token);
    const socket = new WebSocket(output(stack, "watchUrl"), protocols, { origin: output(stack, "pageUrl") });
    // From the start: a frame may come with the very packet that opens the socket.
    const watcher = new Watcher(socket, patienceMs);
    await once(socket, "open");
    return watcher;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The first frame, among those already here and those to come, that `matches`. */
  async frame<T extends ServerMessage>(matches: (frame: ServerMessage) => frame is T): Promise<T>;
  async frame(matches: (frame: ServerMessage) => boolean): Promise<ServerMessage>;
  async frame(matches: (frame: ServerMessage) => boolean): Promise<ServerMessage> {
    const deadlineMs = Date.now() + this.#patienceMs;
    for (;;) {
      const found = this.frames.find(matches);
      if (found) return found;
      const timeLeftMs = deadlineMs - Date.now();
      if (timeLeftMs <= 0)
        throw new Error(`No such frame came. Those that did: ${JSON.stringify(this.frames)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeLeftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Sends `message` and gives its answer: the next frame that is no push. */
  async ask(message: unknown): Promise<ServerMessage> {
    const before = this.frames.length;
    this.send(message);
    return await this.frame((frame) => this.frames.indexOf(frame) >= before && !isPush(frame));
  }

  /** Reads nothing more, as a browser that hangs, until {@link Watcher.resume}. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Watches, and gives the connection's id. */
  async watch(...tickers: readonly string[]): Promise<string> {
    const answer = await this.ask({ action: "watch", tickers });
    if (answer.action !== "quotes") throw new Error(`Expected quotes, got ${JSON.stringify(answer)}`);
    return answer["connection-id"];
  }

  /** Ends the TCP connection without a word. */
  terminate(): void {
    this.#socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

/** Whether a frame tells of a publish, and answers nothing. */
export const isPush = (frame: ServerMessage): frame is QuotesMessage =>
  frame.action === "quotes" && !("watching" in frame);

/** Whether a frame tells that something changed and answers nothing: it lacks the request of the answer. */
export const isNews = (frame: ServerMessage): frame is QuotesMessage =>
  frame.action === "quotes" && frame.request === undefined;

export interface Published {
  readonly status: number;
  readonly body: unknown;
}

/** Posts a form to the stack's publish URL: `ticker=AAPL&price=2400`. */
export async function publish(stack: LocalStack, form: string): Promise<Published> {
  return await post(stack, "", form);
}

/** Posts a notice for everybody. */
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

/** Says what a basket includes, as the operator does. */
export async function setBasket(stack: LocalStack, name: string, ...tickers: string[]): Promise<unknown> {
  const lambda = new LambdaClient({ ...asOperator(stack), endpoint: stack.endpoints.lambda });
  const { operate } = stack.outputs["functionNames"] as { readonly operate: string };
  const Payload = JSON.stringify({ operation: "basket", name, tickers });
  const { Payload: result } = await lambda.send(new InvokeCommand({ FunctionName: operate, Payload }));
  return JSON.parse(Buffer.from(result ?? []).toString());
}

/** Some other system of the account, with the AWS SDK. */
export function openQueues(stack: LocalStack): SQSClient {
  return new SQSClient({ ...asOperator(stack), endpoint: stack.endpoints.sqs });
}

/** What AWS SDKs need to be the account's administrator. */
export const asOperator = ({ credentials }: LocalStack) => ({ region: "us-east-1", credentials });

/** A summary in which everybody was reached. */
export const delivered = (quotes: number, watchers: number): Published => ({
  status: 200,
  body: { quotes, watchers, delivered: watchers, gone: 0, closed: 0 },
});
