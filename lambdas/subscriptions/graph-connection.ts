import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type gremlin from "gremlin";
import graphBinary, { type Traverser } from "gremlin/lib/structure/io/binary/GraphBinary.js";
import WebSocket from "ws";
import { GraphError } from "../errors.ts";
import type { Traversal } from "./traversals.ts";

/*
 * One WebSocket to the graph, over the codec of the `gremlin` package but not over its driver. The driver (3.7.4) ends
 * a stream that was cut as if it were complete, so that part of the watchers silently hears nothing; it has no timeout;
 * it reopens by itself with the old signed headers; and it never frees a streamed request. None of these can be mended
 * from outside. The protocol: https://tinkerpop.apache.org/docs/3.7.5/dev/provider/#_graph_driver_provider_requirements
 */
const MIME_TYPE = "application/vnd.graphbinary-v1.0";
const FRAME_HEADER = Buffer.from([MIME_TYPE.length, ...Buffer.from(MIME_TYPE)]);

/** 206: more frames follow. 200 and 204 end an answer; everything from 400 on is an error. */
const PARTIAL_CONTENT = 206;
const FIRST_ERROR = 400;

/** Batches that may wait to be read before the graph is held back: what keeps memory flat, however many watch. */
const MAX_BATCHES_AHEAD = 4;

export interface RequestLimits {
  /** After this the graph gives up by itself, in milliseconds. */
  readonly evaluationTimeoutMs: number;
  /** How much longer to wait for its answer than that, in milliseconds. */
  readonly graceMs: number;
  /** Results a frame. Neptune sends 64 unless told. */
  readonly batchSize: number;
}

/** The graph answered with an error: its own code and words. Turned into a {@link GraphError} by the client. */
export class GraphResponseError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.name = "GraphResponseError";
    this.statusCode = statusCode;
  }
}

export class GraphConnection {
  readonly #socket: WebSocket;
  readonly #answers = new Map<string, Readable>();
  #lastHeardMs = Date.now();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (frame: Buffer) => this.#receive(frame));
    socket.on("close", () =>
      this.#failAll(
        new GraphError("GRAPH_CUT", "The graph closed the connection before its answer was complete."),
      ),
    );
    // "close" follows and tells those who wait; without a listener an error would end the process.
    socket.on("error", () => {});
  }

  /**
   * An open connection.
   * @param headers of the upgrade request: the signature, under IAM authentication.
   * @throws {GraphError} `GRAPH_UNREACHABLE` when it is not open within `timeoutMs`; `GRAPH_REFUSED` when the graph
   *   turns the handshake down, as it does a wrong signature (403).
   */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<GraphConnection> {
    const socket = new WebSocket(url, { headers, handshakeTimeout: timeoutMs, perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", (cause) =>
        reject(
          new GraphError("GRAPH_UNREACHABLE", `Expected the graph to answer at ${url}: ${cause.message}`, {
            cause,
          }),
        ),
      );
      socket.once("unexpected-response", (_request, response) => {
        reject(refusedHandshake(url, response.statusCode ?? 0));
        socket.terminate();
      });
    });
    return new GraphConnection(socket);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** How long nothing has come from the graph, in milliseconds. */
  get idleMs(): number {
    return Date.now() - this.#lastHeardMs;
  }

  /** Whether the graph answers a ping within `timeoutMs`: a Lambda that was frozen cannot know that its socket is gone. */
  async isAlive(timeoutMs: number): Promise<boolean> {
    if (!this.isOpen) return false;
    return await new Promise<boolean>((resolve) => {
      const settle = (alive: boolean) => {
        clearTimeout(timer);
        this.#socket.off("pong", onPong).off("close", onClose);
        if (alive) this.#lastHeardMs = Date.now();
        resolve(alive);
      };
      const onPong = () => settle(true);
      const onClose = () => settle(false);
      const timer = setTimeout(onClose, timeoutMs);
      this.#socket.on("pong", onPong).on("close", onClose).ping();
    });
  }

  /**
   * The answer to `traversal`, batch by batch as its frames come. Whoever reads slowly holds the graph back, and with
   * it every other answer on this connection: finish one stream before you wait for something else.
   * @throws {GraphResponseError} when the graph answers with an error.
   * @throws {GraphError} `GRAPH_CUT` when the connection ends before the last frame, `GRAPH_TIMEOUT` when it was waited for
   *   longer than until `graceMs` after the graph itself must have given up. What the reader takes between two batches does
   *   not count.
   */
  async *submit(
    traversal: Traversal,
    { evaluationTimeoutMs, graceMs, batchSize }: RequestLimits,
  ): AsyncGenerator<readonly unknown[]> {
    const requestId = randomUUID();
    const socket = this.#socket;
    const answer = new Readable({
      objectMode: true,
      highWaterMark: MAX_BATCHES_AHEAD,
      read: () => socket.resume(),
    });
    // An answer that fails after its reader has left has nobody to tell.
    answer.on("error", () => {});
    this.#answers.set(requestId, answer);
    const patience = new Patience(evaluationTimeoutMs + graceMs, (error) => answer.destroy(error));
    try {
      this.#send(requestId, traversal.getBytecode(), { evaluationTimeout: evaluationTimeoutMs, batchSize });
      patience.startWaiting();
      for await (const batch of answer) {
        patience.stopWaiting();
        yield batch as readonly unknown[];
        patience.startWaiting();
      }
    } finally {
      patience.stopWaiting();
      this.#answers.delete(requestId);
      socket.resume();
    }
  }

  /** Ends the connection at once; whoever still waits for an answer gets `GRAPH_CUT`. */
  close(): void {
    this.#socket.terminate();
  }

  #send(
    requestId: string,
    bytecode: gremlin.process.Bytecode,
    options: Readonly<Record<string, number>>,
  ): void {
    const args = { gremlin: bytecode, aliases: { g: "g" }, ...options };
    const request = graphBinary.graphBinaryWriter.writeRequest({
      requestId,
      op: "bytecode",
      processor: "traversal",
      args,
    });
    this.#socket.send(Buffer.concat([FRAME_HEADER, request]));
  }

  #receive(frame: Buffer): void {
    this.#lastHeardMs = Date.now();
    let response: ReturnType<typeof graphBinary.graphBinaryReader.readResponse>;
    try {
      response = graphBinary.graphBinaryReader.readResponse(frame);
    } catch (cause) {
      // It cannot be told whose answer this was.
      this.#failAll(
        new GraphError("GRAPH_ANSWER", "The graph sent a frame that is not GraphBinary 1.0.", { cause }),
      );
      return;
    }
    const { requestId, status, result } = response;
    if (status.code >= FIRST_ERROR) {
      const error = new GraphResponseError(status.code, status.message ?? "no message");
      // Without a request id the graph could not even read a request: it may have been any of them.
      if (requestId === null) this.#failAll(error);
      else this.#answers.get(requestId.toLowerCase())?.destroy(error);
      return;
    }
    const answer = this.#answers.get(requestId?.toLowerCase() ?? "");
    const hasRoom = !result.data?.length || answer?.push(unfold(result.data)) !== false;
    if (!hasRoom) this.#socket.pause();
    if (status.code !== PARTIAL_CONTENT) answer?.push(null);
  }

  #failAll(error: Error): void {
    for (const answer of this.#answers.values()) answer.destroy(error);
  }
}

/** How long the graph is waited for in all, however often it is. */
class Patience {
  readonly #limitMs: number;
  readonly #onEnd: (error: GraphError) => void;
  #leftMs: number;
  #sinceMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, onEnd: (error: GraphError) => void) {
    this.#limitMs = limitMs;
    this.#leftMs = limitMs;
    this.#onEnd = onEnd;
  }

  startWaiting(): void {
    this.#sinceMs = performance.now();
    this.#timer = setTimeout(() => {
      this.#onEnd(
        new GraphError("GRAPH_TIMEOUT", `The graph did not answer within ${this.#limitMs} ms of waiting.`),
      );
    }, this.#leftMs);
  }

  stopWaiting(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs -= performance.now() - this.#sinceMs;
  }
}

/** The results that traversers stand for: each as many equal ones as its bulk says. */
function unfold(traversers: readonly Traverser[]): readonly unknown[] {
  const results: unknown[] = [];
  for (const { object, bulk } of traversers) {
    for (let count = 0; count < bulk; count++) results.push(object);
  }
  return results;
}

/** 429 and 5xx pass; whatever else turns a handshake down will do so again. */
function refusedHandshake(url: string, statusCode: number): GraphError {
  return new GraphError(
    "GRAPH_REFUSED",
    `Expected the graph to accept a connection at ${url}, but it answered HTTP ${statusCode}` +
      (statusCode === 403
        ? ": its role does not allow it, or the clock is more than five minutes off."
        : "."),
    { isTransient: statusCode === 429 || statusCode >= 500 },
  );
}
