import { setTimeout as sleep } from "node:timers/promises";
import { GraphError } from "#protocol/errors.ts";
import { timeLeftMs } from "../../deadline.ts";
import { Attempts, type RetryPolicy, retry } from "../../retry.ts";
import type { Traversal } from "../queries/traversals.ts";
import { classifyError } from "./classify-error.ts";
import { GraphConnection, GraphResponseError } from "./graph-connection.ts";

/*
 * Every query has an evaluation timeout, and the server times out before the client does: a write that the client gave up
 * is not committed after its retry, unless the server or the network was suspended meanwhile.
 * Neptune waits up to 60 s for a lock: https://docs.aws.amazon.com/neptune/latest/userguide/transactions-neptune.html
 */
const EVALUATION_TIMEOUT_MS = { read: 10_000, write: 5_000 };
const GRACE_MS = 1_000;

/** Results per frame. For 100,000 edge ids 256 to 1,000 are fastest; the default of Neptune, 64, is half as fast. */
const BATCH_SIZE = 1_000;

const OPEN_TIMEOUT_MS = 2_000;

/** A socket that was idle for longer is pinged before use: a frozen Lambda does not see it close. */
const MAX_IDLE_MS = 10_000;
const PING_TIMEOUT_MS = 500;

/** 32 concurrent clients on the same tickers needed at most 7 retries. */
const RETRY: RetryPolicy = { attempts: 12, baseMs: 20, capMs: 1_000, giveUpAfterMs: 10_000 };

type Kind = "read" | "write";

export interface WriteOptions {
  /**
   * Whether to retry a write after a cut connection without waiting for its evaluation timeout. Only for a
   * write that does nothing when it is committed after its retry or after a later write. @default false
   */
  readonly retryAtOnce?: boolean;
}

export interface GraphClientOptions {
  /** `wss://{host}:{port}/gremlin`. */
  readonly url: string;
  /** Returns the headers of a handshake. Called for each connection, because a signature is valid for five minutes. */
  readonly signHandshake: (url: string) => Promise<Record<string, string>>;
  /** Evaluation timeouts in milliseconds. @default 10,000 for reads, 5,000 for writes */
  readonly evaluationTimeoutMs?: Readonly<Record<Kind, number>>;
  /** Retry policy of transient faults. @default up to 12 attempts within some 10 s */
  readonly retry?: RetryPolicy;
}

/**
 * Sends traversals to the graph over one connection, which is opened on demand and replaced after each connection fault.
 * Transient faults are retried with jitter within the remaining time of the caller ({@link timeLeftMs}). Throws
 * {@link GraphError} only.
 */
export class GraphClient {
  readonly #options: Required<GraphClientOptions>;
  #current: GraphConnection | undefined;
  #opening: Promise<GraphConnection> | undefined;

  constructor(options: GraphClientOptions) {
    this.#options = { evaluationTimeoutMs: EVALUATION_TIMEOUT_MS, retry: RETRY, ...options };
  }

  /** All results of a read query. */
  async read(traversal: Traversal): Promise<readonly unknown[]> {
    return await retry(this.#options.retry, isTransient, () => this.#collect(traversal, "read"));
  }

  /** All results of a write query, once it is committed. When this throws, the write may have been committed. */
  async write(traversal: Traversal, options: WriteOptions = {}): Promise<readonly unknown[]> {
    return await retry(this.#options.retry, isTransient, () => this.#collect(traversal, "write", options));
  }

  /**
   * The results of a read query, streamed in batches; after a fault they restart from the first. The reader must not await
   * another query meanwhile: a slow reader holds back the whole connection.
   * @param onRestart called before a restart.
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

  /** Closes the connection; the next query opens another. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    if (this.#current) this.#discard(this.#current);
  }

  async #collect(traversal: Traversal, kind: Kind, options: WriteOptions = {}): Promise<readonly unknown[]> {
    const results: unknown[] = [];
    for await (const batch of this.#batches(traversal, kind, options)) results.push(...batch);
    return results;
  }

  async *#batches(
    traversal: Traversal,
    kind: Kind,
    { retryAtOnce = false }: WriteOptions = {},
  ): AsyncGenerator<readonly unknown[]> {
    const connection = await this.#connect();
    const evaluationTimeoutMs = this.#evaluationTimeoutMs(kind);
    const sentMs = performance.now();
    try {
      yield* connection.submit(traversal, { evaluationTimeoutMs, graceMs: GRACE_MS, batchSize: BATCH_SIZE });
    } catch (cause) {
      const error = cause instanceof GraphResponseError ? classifyError(cause) : cause;
      if (!(error instanceof GraphError) || RECONNECT.has(error.code)) this.#discard(connection);
      // The server may still be executing the write; at its evaluation timeout the write is committed or aborted.
      if (
        kind === "write" &&
        !retryAtOnce &&
        error instanceof GraphError &&
        error.code === "GRAPH_DISCONNECTED"
      ) {
        await sleep(Math.max(0, evaluationTimeoutMs - (performance.now() - sentMs)));
      }
      throw error;
    }
  }

  /**
   * At most the remaining time of the caller, so that the server commits or aborts a write before the caller ends.
   * @throws {GraphError} when the caller has no time left.
   */
  #evaluationTimeoutMs(kind: Kind): number {
    const evaluationTimeoutMs = Math.floor(
      Math.min(this.#options.evaluationTimeoutMs[kind], timeLeftMs() - GRACE_MS),
    );
    if (evaluationTimeoutMs > 0) return evaluationTimeoutMs;
    throw new GraphError(
      "GRAPH_TIMEOUT",
      "Expected time for a graph query, got none before the deadline of the caller.",
      { isTransient: false },
    );
  }

  async #connect(): Promise<GraphConnection> {
    const current = this.#current;
    if (current) {
      const isFresh = current.isOpen && current.idleMs < MAX_IDLE_MS;
      if (isFresh || (await current.isAlive(PING_TIMEOUT_MS))) return current;
      this.#discard(current);
    }
    // Concurrent callers share one attempt.
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

/** Faults after which the connection is replaced. GRAPH_REFUSED, because a writer may have become a reader. */
const RECONNECT = new Set<string>([
  "GRAPH_DISCONNECTED",
  "GRAPH_TIMEOUT",
  "GRAPH_REFUSED",
  "GRAPH_BAD_RESPONSE",
]);

function isTransient(error: unknown): boolean {
  return error instanceof GraphError && error.isTransient;
}
