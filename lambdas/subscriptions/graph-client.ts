import { setTimeout as sleep } from "node:timers/promises";
import { timeLeftMs } from "../deadline.ts";
import { GraphError } from "../errors.ts";
import { Attempts, type RetryPolicy, retry } from "../retry.ts";
import { GraphConnection, GraphResponseError } from "./graph-connection.ts";
import { judgeResponse } from "./judge-response.ts";
import type { Traversal } from "./traversals.ts";

/*
 * Every query has an evaluation timeout, and the server times out before the client does: a write that the client gave up
 * is not committed after its retry, except by a server or network that was suspended meanwhile.
 * Neptune waits up to 60 s for a lock: https://docs.aws.amazon.com/neptune/latest/userguide/transactions-neptune.html
 */
const EVALUATION_TIMEOUT_MS = { read: 10_000, write: 5_000 };
const GRACE_MS = 1_000;

/** Results a frame: for 100,000 edge ids 256 to 1,000 are the fastest, and Neptune's own 64 is half as fast. */
const BATCH_SIZE = 1_000;

const OPEN_TIMEOUT_MS = 2_000;

/** A socket that was silent for longer is asked whether it still lives: a frozen Lambda does not see it close. */
const MAX_IDLE_MS = 10_000;
const PING_TIMEOUT_MS = 500;

/** 32 clients at once on the same tickers needed at most 7 repeats. */
const RETRY: RetryPolicy = { attempts: 12, baseMs: 20, capMs: 1_000, giveUpAfterMs: 10_000 };

type Kind = "read" | "write";

export interface WriteOptions {
  /**
   * Whether to retry a write whose connection was cut without waiting until the server must have given it up. Only for a
   * write that does nothing when it is committed after its retry or after a later write. @default false
   */
  readonly retryAtOnce?: boolean;
}

export interface GraphClientOptions {
  /** `wss://{host}:{port}/gremlin`. */
  readonly url: string;
  /** Makes the headers of a handshake; asked for each connection, because a signature is good for five minutes. */
  readonly signHandshake: (url: string) => Promise<Record<string, string>>;
  /** After which time the graph gives up by itself. Default: 10 s for a query that only reads, 5 s for one that writes. */
  readonly evaluationTimeoutMs?: Readonly<Record<Kind, number>>;
  /** How a transient fault is met. Default: up to 12 attempts within some 10 s. */
  readonly retry?: RetryPolicy;
}

/**
 * Asks the graph, over one connection that is opened when first needed and replaced after every fault of it.
 * Transient faults are tried again, with jitter, as long as the caller has time ({@link timeLeftMs}); what is thrown is always a {@link GraphError}.
 */
export class GraphClient {
  readonly #options: Required<GraphClientOptions>;
  #current: GraphConnection | undefined;
  #opening: Promise<GraphConnection> | undefined;

  constructor(options: GraphClientOptions) {
    this.#options = { evaluationTimeoutMs: EVALUATION_TIMEOUT_MS, retry: RETRY, ...options };
  }

  /** All results of a query that changes nothing. */
  async read(traversal: Traversal): Promise<readonly unknown[]> {
    return await retry(this.#options.retry, isTransient, () => this.#ask(traversal, "read"));
  }

  /** All results of a query that changes the graph, once it is committed. When this throws, it may have been committed. */
  async write(traversal: Traversal, options: WriteOptions = {}): Promise<readonly unknown[]> {
    return await retry(this.#options.retry, isTransient, () => this.#ask(traversal, "write", options));
  }

  /**
   * The results of a query that changes nothing, in batches as they come; after a fault again from the first. Whoever
   * reads it must not wait for another query meanwhile: a reader that is slow holds back the whole connection.
   * @param onRestart called before they come again from the first.
   */
  async *stream(traversal: Traversal, onRestart = () => {}): AsyncGenerator<readonly unknown[]> {
    const attempts = new Attempts(this.#options.retry, isTransient);
    for (;;) {
      try {
        yield* this.#batches(traversal, "read");
        return;
      } catch (error) {
        await attempts.afterFailure(error);
        onRestart();
      }
    }
  }

  /** Ends the connection; the next query opens another. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    if (this.#current) this.#discard(this.#current);
  }

  async #ask(traversal: Traversal, kind: Kind, options: WriteOptions = {}): Promise<readonly unknown[]> {
    const results: unknown[] = [];
    for await (const batch of this.#batches(traversal, kind, options)) results.push(...batch);
    return results;
  }

  async *#batches(
    traversal: Traversal,
    kind: Kind,
    { retryAtOnce = false }: WriteOptions = {},
  ): AsyncGenerator<readonly unknown[]> {
    const connection = await this.#connected();
    const evaluationTimeoutMs = this.#evaluationTimeoutMs(kind);
    const sentMs = performance.now();
    try {
      yield* connection.submit(traversal, { evaluationTimeoutMs, graceMs: GRACE_MS, batchSize: BATCH_SIZE });
    } catch (cause) {
      const error = cause instanceof GraphResponseError ? judgeResponse(cause) : cause;
      if (!(error instanceof GraphError) || RECONNECT.has(error.code)) this.#discard(connection);
      // The server may still be executing the write; it commits it or gives it up only by then.
      if (kind === "write" && !retryAtOnce && error instanceof GraphError && error.code === "GRAPH_CUT") {
        await sleep(Math.max(0, evaluationTimeoutMs - (performance.now() - sentMs)));
      }
      throw error;
    }
  }

  /**
   * No longer than the caller has time: so a write, too, is committed or given up by the graph itself before the caller is.
   * @throws {GraphError} when the caller has no time left.
   */
  #evaluationTimeoutMs(kind: Kind): number {
    const evaluationTimeoutMs = Math.floor(
      Math.min(this.#options.evaluationTimeoutMs[kind], timeLeftMs() - GRACE_MS),
    );
    if (evaluationTimeoutMs > 0) return evaluationTimeoutMs;
    throw new GraphError("GRAPH_TIMEOUT", "No time was left to ask the graph.", { isTransient: false });
  }

  async #connected(): Promise<GraphConnection> {
    const current = this.#current;
    if (current) {
      const isFresh = current.isOpen && current.idleMs < MAX_IDLE_MS;
      if (isFresh || (await current.isAlive(PING_TIMEOUT_MS))) return current;
      this.#discard(current);
    }
    // Whoever asks meanwhile waits for the same one.
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  async #open(): Promise<GraphConnection> {
    const { url, signHandshake } = this.#options;
    this.#current = await GraphConnection.open(url, await signHandshake(url), OPEN_TIMEOUT_MS);
    return this.#current;
  }

  #discard(connection: GraphConnection): void {
    connection.close();
    if (this.#current === connection) this.#current = undefined;
  }
}

/** After these the connection is of no more use. A refusal can be a writer that has become a reader. */
const RECONNECT = new Set<string>(["GRAPH_CUT", "GRAPH_TIMEOUT", "GRAPH_REFUSED", "GRAPH_ANSWER"]);

function isTransient(error: unknown): boolean {
  return error instanceof GraphError && error.isTransient;
}
