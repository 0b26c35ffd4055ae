import { GraphError } from "#protocol/errors.ts";
import type { GraphResponseError } from "./graph-connection.ts";

/*
 * Classified by message. Neptune sends JSON with `code` and `detailedMessage`, and documents which may be retried: https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html.
 * The other messages are those of the transactional graph of TinkerPop; the last three occur when two upserts of one id race.
 */
const CONFLICT = new RegExp(
  [
    "ConcurrentModificationException",
    "ConstraintViolationException",
    "Conflict: element modified in another transaction",
    "(Vertex|Edge) with id already exists",
    "could not be resolved from mergeE",
    "^null$",
  ].join("|"),
);
const TIME_LIMIT = /TimeLimitExceededException|evaluationTimeout/;
const TRANSIENT = new RegExp(
  [
    "ReadOnlyViolationException",
    "ThrottlingException",
    "TooManyRequestsException",
    // Too many concurrent queries. Not QueryLimitException: that query is too large.
    "QueryLimitExceededException",
    "MemoryLimitExceededException",
    "CancelledByUserException",
    "InternalFailureException",
    "InternalFailureError",
  ].join("|"),
);

/** The {@link GraphError} for an error response of the graph, marked as transient or not. */
export function classifyError(cause: GraphResponseError): GraphError {
  const { message, statusCode } = cause;
  if (CONFLICT.test(message)) {
    return new GraphError("GRAPH_CONFLICT", "Expected no conflicting transaction, got one.", { cause });
  }
  if (TIME_LIMIT.test(message)) {
    return new GraphError("GRAPH_TIMEOUT", "Expected a result within the evaluation timeout.", { cause });
  }
  const isTransient = TRANSIENT.test(message);
  const problem = `Expected the graph to run the query, got status ${statusCode}: ${message}`;
  return new GraphError("GRAPH_REFUSED", problem, { cause, isTransient });
}
