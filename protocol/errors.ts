/**
 * The faults of this project, each with a `code` that logs and docs/errors.md name. What is merely refused (bad input)
 * is no fault and is returned, not thrown.
 */
export type FaultCode =
  | "BAD_ENVIRONMENT"
  | "GRAPH_UNREACHABLE"
  | "GRAPH_CUT"
  | "GRAPH_TIMEOUT"
  | "GRAPH_CONFLICT"
  | "GRAPH_REFUSED"
  | "GRAPH_ANSWER"
  | "QUEUE_REFUSED"
  | "TOKEN_KEYS"
  | "UNKNOWN_EVENT";

/** Base of all faults that this project throws; `cause` holds what led to it, where something did. */
export class TickerWatchError extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Thrown when a Lambda starts without a variable that it needs, or with a useless one. No cause. */
export class EnvironmentError extends TickerWatchError {
  constructor(message: string) {
    super("BAD_ENVIRONMENT", message);
  }
}

const TRANSIENT = new Set<FaultCode>(["GRAPH_UNREACHABLE", "GRAPH_CUT", "GRAPH_TIMEOUT", "GRAPH_CONFLICT"]);

/**
 * Thrown when the graph gave no answer to rely on. `code` says which:
 * - `GRAPH_UNREACHABLE`: no connection could be opened; nothing was asked. `cause` is the socket's error.
 * - `GRAPH_CUT`: the connection ended before the last of the answer. A write may or may not have been committed.
 * - `GRAPH_TIMEOUT`: the graph reached the evaluation timeout, did not respond in time, or the caller had no time left.
 * - `GRAPH_CONFLICT`: another transaction got there first, in every attempt; nothing was changed.
 * - `GRAPH_REFUSED`: the graph will not run this query (permission, syntax, read-only). Not retried, but for a
 *   read-only replica, which a new connection cures after a failover.
 * - `GRAPH_ANSWER`: the answer is not of the shape asked for: a bug, or another program writes to this graph.
 */
export class GraphError extends TickerWatchError {
  readonly isTransient: boolean;

  constructor(
    code: Extract<FaultCode, `GRAPH_${string}`>,
    message: string,
    options?: ErrorOptions & { isTransient?: boolean },
  ) {
    super(code, message, options);
    this.isTransient = options?.isTransient ?? TRANSIENT.has(code);
  }
}

/**
 * Thrown when SQS did not take messages (`QUEUE_REFUSED`). `cause` is the SDK's error, when the whole request failed.
 */
export class QueueError extends TickerWatchError {
  /** SQS took the others of the request. */
  readonly isPartial: boolean;

  constructor(
    message: string,
    { isPartial = false, ...options }: ErrorOptions & { isPartial?: boolean } = {},
  ) {
    super("QUEUE_REFUSED", message, options);
    this.isPartial = isPartial;
  }
}

/**
 * Thrown when the keys that tokens are signed or verified with cannot be fetched, or are no such keys (`TOKEN_KEYS`). No
 * token was judged. `cause` is the error of the request or of the key.
 */
export class TokenKeysError extends TickerWatchError {
  constructor(message: string, options?: ErrorOptions) {
    super("TOKEN_KEYS", message, options);
  }
}

/** Thrown when a Lambda is invoked with an event that none of its triggers sends (`UNKNOWN_EVENT`). No cause. */
export class UnknownEventError extends TickerWatchError {
  constructor(message: string) {
    super("UNKNOWN_EVENT", message);
  }
}
