import { GraphError } from "../errors.ts";
import type { GraphResponseError } from "./graph-connection.ts";

/*
 * By the words of the answer. Neptune's are a JSON text with `code` and `detailedMessage`, and its documentation says which
 * may be retried: https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html. TinkerPop's transactional
 * graph says the same in other words; the last three of these only when two upserts of one id meet.
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
const PASSING = new RegExp(
  [
    "ReadOnlyViolationException",
    "ThrottlingException",
    "TooManyRequestsException",
    // Too many at once. Not QueryLimitException, of a query that is too large.
    "QueryLimitExceededException",
    "MemoryLimitExceededException",
    "CancelledByUserException",
    "InternalFailureException",
    "InternalFailureError",
  ].join("|"),
);

/** What an error that the graph answered with means here, and whether trying again may help. */
export function judgeResponse(cause: GraphResponseError): GraphError {
  const { message, statusCode } = cause;
  if (CONFLICT.test(message)) {
    return new GraphError("GRAPH_CONFLICT", "Another transaction changed the same part of the graph first.", {
      cause,
    });
  }
  if (TIME_LIMIT.test(message)) {
    return new GraphError("GRAPH_TIMEOUT", "The graph gave up at the evaluation timeout.", { cause });
  }
  const isTransient = PASSING.test(message);
  return new GraphError("GRAPH_REFUSED", `The graph refused the query (${statusCode}): ${message}`, {
    cause,
    isTransient,
  });
}
