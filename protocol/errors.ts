/** The codes of all faults, as in logs and docs/errors.md. Invalid input is not a fault: it is returned, not thrown. */
export type FaultCode =
  | "BAD_ENVIRONMENT"
  | "GRAPH_UNREACHABLE"
  | "GRAPH_DISCONNECTED"
  | "GRAPH_TIMEOUT"
  | "GRAPH_CONFLICT"
  | "GRAPH_REFUSED"
  | "GRAPH_BAD_RESPONSE"
  | "QUEUE_REFUSED"
  | "TOKEN_KEYS"
  | "UNKNOWN_EVENT";

/** The base class of all faults; `cause` holds the underlying error, if any. */
export class TickerWatchError extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Thrown when an environment variable of a Lambda is missing or invalid (`BAD_ENVIRONMENT`). No cause. */
export class EnvironmentError extends TickerWatchError {
  constructor(message: string) {
    super("BAD_ENVIRONMENT", message);
  }
}

const TRANSIENT = new Set<FaultCode>([
  "GRAPH_UNREACHABLE",
  "GRAPH_DISCONNECTED",
  "GRAPH_TIMEOUT",
  "GRAPH_CONFLICT",
]);

/**
 * Thrown when the graph did not respond reliably. The codes:
 * - `GRAPH_UNREACHABLE`: no connection could be opened, so nothing was sent. `cause` is the socket error.
 * - `GRAPH_DISCONNECTED`: the connection ended before the response was complete. A write may have been committed.
 * - `GRAPH_TIMEOUT`: the graph reached the evaluation timeout, did not respond in time, or the caller had no time left.
 * - `GRAPH_CONFLICT`: every attempt conflicted with another transaction. Nothing was changed.
 * - `GRAPH_REFUSED`: the graph rejected the query (permission, syntax, read-only). Retried only where a new attempt can
 *   succeed, such as on a read-only replica after a failover.
 * - `GRAPH_BAD_RESPONSE`: the response has another shape than expected: a bug, or another program writes to this graph.
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

/** Thrown when SQS rejected messages (`QUEUE_REFUSED`). `cause` is the SDK error when the whole request failed. */
export class QueueError extends TickerWatchError {
  /** Whether SQS accepted the other messages of the request. */
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
 * Thrown when a key to sign or verify tokens cannot be fetched or is not a valid key (`TOKEN_KEYS`). No token was accepted or
 * rejected. `cause` is the error of the request or of the key.
 */
export class TokenKeysError extends TickerWatchError {
  constructor(message: string, options?: ErrorOptions) {
    super("TOKEN_KEYS", message, options);
  }
}

/** Thrown when a Lambda is invoked with an unsupported event (`UNKNOWN_EVENT`). No cause. */
export class UnknownEventError extends TickerWatchError {
  constructor(message: string) {
    super("UNKNOWN_EVENT", message);
  }
}
