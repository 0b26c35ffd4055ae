import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type gremlin from "gremlin";
import graphBinary, { type Traverser } from "gremlin/lib/structure/io/binary/GraphBinary.js";
import WebSocket from "ws";
import { GraphError } from "#protocol/errors.ts";
import type { Traversal } from "../queries/traversals.ts";

/*
 * One WebSocket to the graph, with the codec of the `gremlin` package but without its driver. The driver (3.7.4) ends a cut
 * stream as if it were complete, has no timeout, reconnects with the old signed headers, and never frees a streamed
 * request; none of this can be fixed without patching it. The protocol: https://tinkerpop.apache.org/docs/3.7.5/dev/provider/#_graph_driver_provider_requirements
 */
const MIME_TYPE = "application/vnd.graphbinary-v1.0";
const FRAME_HEADER = Buffer.from([MIME_TYPE.length, ...Buffer.from(MIME_TYPE)]);

/** 206: more frames follow. 200 and 204 end a response; 400 and above is an error. */
const PARTIAL_CONTENT = 206;
const FIRST_ERROR = 400;

/** Batches buffered before backpressure stops the server; bounds memory for any number of watchers. */
const MAX_BATCHES_AHEAD = 4;

export interface RequestLimits {
  /** Evaluation timeout of the server, in milliseconds. */
  readonly evaluationTimeoutMs: number;
  /** Additional time to wait for the response, in milliseconds. */
  readonly graceMs: number;
  /** Results per frame. The default of Neptune is 64. */
  readonly batchSize: number;
}

/** An error response of the graph, with its code and message. The client converts it to a {@link GraphError}. */
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
  readonly #pending = new Map<string, Readable>();
  #lastReceivedMs = Date.now();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (frame: Buffer) => this.#receive(frame));
    socket.on("close", () =>
      this.#failAll(
        new GraphError("GRAPH_DISCONNECTED", "Expected a complete response, got a closed connection."),
      ),
    );
    // "close" follows and fails pending requests; without a listener an error would end the process.
    socket.on("error", () => {});
  }

  /**
   * An open connection.
   * @param headers of the upgrade request: the signature, under IAM authentication.
   * @throws {GraphError} `GRAPH_UNREACHABLE` when it is not open within `timeoutMs`; `GRAPH_REFUSED` when the graph
   *   rejects the handshake, for example because of a wrong signature (403).
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
          new GraphError(
            "GRAPH_UNREACHABLE",
            `Expected the graph to accept a connection at ${url}: ${cause.message}`,
            { cause },
          ),
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

  /** Time since the last frame from the graph, in milliseconds. */
  get idleMs(): number {
    return Date.now() - this.#lastReceivedMs;
  }

  /** Whether the graph returns a pong within `timeoutMs`. A frozen Lambda does not see its socket close. */
  async isAlive(timeoutMs: number): Promise<boolean> {
    if (!this.isOpen) return false;
    return await new Promise<boolean>((resolve) => {
      const settle = (alive: boolean) => {
        clearTimeout(timer);
        this.#socket.off("pong", onPong).off("close", onClose);
        if (alive) this.#lastReceivedMs = Date.now();
        resolve(alive);
      };
      const onPong = () => settle(true);
      const onClose = () => settle(false);
      const timer = setTimeout(onClose, timeoutMs);
      this.#socket.on("pong", onPong).on("close", onClose).ping();
    });
  }

  /**
   * The results of `traversal`, one batch per frame. A slow reader holds back every other response on this connection: read
   * a stream to its end before awaiting another request.
   * @throws {GraphResponseError} when the graph responds with an error.
   * @throws {GraphError} `GRAPH_DISCONNECTED` when the connection ends before the last frame, `GRAPH_TIMEOUT` when the time spent
   *   waiting for frames exceeds `evaluationTimeoutMs` + `graceMs`.
   */
  async *submit(
    traversal: Traversal,
    { evaluationTimeoutMs, graceMs, batchSize }: RequestLimits,
  ): AsyncGenerator<readonly unknown[]> {
    const requestId = randomUUID();
    const socket = this.#socket;
    const results = new Readable({
      objectMode: true,
      highWaterMark: MAX_BATCHES_AHEAD,
      read: () => socket.resume(),
    });
    // Ignores errors after the consumer stopped.
    results.on("error", () => {});
    this.#pending.set(requestId, results);
    const timeout = new ResponseTimeout(evaluationTimeoutMs + graceMs, (error) => results.destroy(error));
    try {
      this.#send(requestId, traversal.getBytecode(), { evaluationTimeout: evaluationTimeoutMs, batchSize });
      timeout.startWaiting();
      for await (const batch of results) {
        timeout.stopWaiting();
        yield batch as readonly unknown[];
        timeout.startWaiting();
      }
    } finally {
      timeout.stopWaiting();
      this.#pending.delete(requestId);
      socket.resume();
    }
  }

  /** Terminates the connection; pending requests fail with `GRAPH_DISCONNECTED`. */
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
    this.#lastReceivedMs = Date.now();
    let response: ReturnType<typeof graphBinary.graphBinaryReader.readResponse>;
    try {
      response = graphBinary.graphBinaryReader.readResponse(frame);
    } catch (cause) {
      // The request of this frame is unknown.
      this.#failAll(new GraphError("GRAPH_BAD_RESPONSE", "Expected a frame in GraphBinary 1.0.", { cause }));
      return;
    }
    const { requestId, status, result } = response;
    if (status.code >= FIRST_ERROR) {
      const error = new GraphResponseError(status.code, status.message ?? "no message");
      // Without a request id the server could not parse a request; it may be any of the pending ones.
      if (requestId === null) this.#failAll(error);
      else this.#pending.get(requestId.toLowerCase())?.destroy(error);
      return;
    }
    const results = this.#pending.get(requestId?.toLowerCase() ?? "");
    const hasRoom = !result.data?.length || results?.push(unfold(result.data)) !== false;
    if (!hasRoom) this.#socket.pause();
    if (status.code !== PARTIAL_CONTENT) results?.push(null);
  }

  #failAll(error: Error): void {
    for (const results of this.#pending.values()) results.destroy(error);
  }
}

/** Limits the total time spent waiting for the frames of one response. */
class ResponseTimeout {
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
        new GraphError("GRAPH_TIMEOUT", `Expected a response within ${this.#limitMs} ms, got none.`),
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

/** The results of traversers, each repeated by its bulk. */
function unfold(traversers: readonly Traverser[]): readonly unknown[] {
  const results: unknown[] = [];
  for (const { object, bulk } of traversers) {
    for (let count = 0; count < bulk; count++) results.push(object);
  }
  return results;
}

/** Only 429 and 5xx are transient. */
function refusedHandshake(url: string, statusCode: number): GraphError {
  return new GraphError(
    "GRAPH_REFUSED",
    `Expected the graph to accept a connection at ${url}, got HTTP ${statusCode}` +
      (statusCode === 403
        ? ": the role does not allow it, or the clock is more than five minutes off."
        : "."),
    { isTransient: statusCode === 429 || statusCode >= 500 },
  );
}
